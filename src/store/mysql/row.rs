//! Rows of MySQL, as diesel reads them.

use std::ops::Range;
use std::sync::Arc;

use diesel::mysql::{Mysql, MysqlType, MysqlValue};
use diesel::prelude::*;
use diesel::result::Error as DieselError;
use diesel::row::{Field, PartialRow, Row, RowIndex, RowSealed};
use mysql::{Column, Value};

/// The names of the columns of a result.
pub(crate) struct Names(Vec<String>);

impl Names {
    pub(crate) fn of(columns: &[Column]) -> Self {
        let names = columns.iter().map(|column| column.name_str().into_owned());
        Self(names.collect())
    }
}

/// A row with its values in the form in which diesel reads them.
pub(crate) struct MySqlRow {
    values: Vec<Option<(MysqlType, Vec<u8>)>>,
    names: Arc<Names>,
}

impl MySqlRow {
    /// # Errors
    /// If a column has a type that the store does not use.
    pub(crate) fn new(values: Vec<Value>, names: &Arc<Names>) -> QueryResult<Self> {
        let values = values.into_iter().map(|value| match value {
            Value::NULL => Ok(None),
            Value::Int(number) => Ok(Some((MysqlType::LongLong, number.to_ne_bytes().to_vec()))),
            Value::UInt(number) => Ok(Some((
                MysqlType::UnsignedLongLong,
                number.to_ne_bytes().to_vec(),
            ))),
            Value::Bytes(bytes) => Ok(Some((MysqlType::Blob, bytes))),
            other @ (Value::Float(_) | Value::Double(_) | Value::Date(..) | Value::Time(..)) => {
                let what = format!("a value of another type: {}", other.as_sql(false));
                Err(DieselError::DeserializationError(what.into()))
            }
        });
        Ok(Self {
            values: values.collect::<QueryResult<_>>()?,
            names: Arc::clone(names),
        })
    }
}

impl RowSealed for MySqlRow {}

impl RowIndex<usize> for MySqlRow {
    fn idx(&self, at: usize) -> Option<usize> {
        (at < self.values.len()).then_some(at)
    }
}

impl RowIndex<&str> for MySqlRow {
    fn idx(&self, name: &str) -> Option<usize> {
        self.names.0.iter().position(|known| known == name)
    }
}

impl<'a> Row<'a, Mysql> for MySqlRow {
    type Field<'f>
        = MySqlField<'f>
    where
        'a: 'f,
        Self: 'f;
    type InnerPartialRow = Self;

    fn field_count(&self) -> usize {
        self.values.len()
    }

    fn get<'b, I>(&'b self, at: I) -> Option<Self::Field<'b>>
    where
        'a: 'b,
        Self: RowIndex<I>,
    {
        let at = self.idx(at)?;
        Some(MySqlField { row: self, at })
    }

    fn partial_row(&self, range: Range<usize>) -> PartialRow<'_, Self> {
        PartialRow::new(self, range)
    }
}

/// A value of a row.
pub(crate) struct MySqlField<'r> {
    row: &'r MySqlRow,
    at: usize,
}

impl<'a> Field<'a, Mysql> for MySqlField<'a> {
    fn field_name(&self) -> Option<&str> {
        self.row.names.0.get(self.at).map(String::as_str)
    }

    fn value(&self) -> Option<MysqlValue<'_>> {
        let (kind, bytes) = self.row.values[self.at].as_ref()?;
        Some(MysqlValue::new(bytes, *kind))
    }
}
