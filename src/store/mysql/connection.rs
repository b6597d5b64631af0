//! A connection to MySQL or MariaDB for diesel, over the driver `mysql`.
//!
//! The driver speaks the protocol in Rust, so that zaibo needs no C library, and it limits how long a
//! connection, a read and a write may take: a server that accepts and never answers holds nobody for
//! long. Each statement is prepared once for each connection and found again by its text.

use std::sync::Arc;

use diesel::connection::{
    AnsiTransactionManager, CacheSize, Connection, ConnectionSealed, DefaultLoadingMode,
    DynInstrumentation, Instrumentation, LoadConnection, SimpleConnection,
};
use diesel::mysql::{Mysql, MysqlType};
use diesel::prelude::*;
use diesel::query_builder::bind_collector::RawBytesBindCollector;
use diesel::query_builder::{Query, QueryBuilder, QueryFragment, QueryId};
use diesel::result::{ConnectionError, Error as DieselError};
use mysql::prelude::Queryable;
use mysql::{Conn, Params, Value};

use crate::error::Error;
use crate::store::mysql::errors;
use crate::store::mysql::row::{MySqlRow, Names};

/// A connection to a MySQL or MariaDB server.
pub(crate) struct MySqlConnection {
    driver: Conn,
    transactions: AnsiTransactionManager,
    instrumentation: DynInstrumentation,
    /// The id that the last change gave out.
    last_insert_id: u64,
    /// Which generation of connections it belongs to.
    pub(crate) generation: u64,
    /// It has been used and kept for more work.
    pub(crate) was_kept: bool,
}

impl MySqlConnection {
    pub(crate) fn new(driver: Conn, generation: u64) -> Self {
        Self {
            generation,
            was_kept: false,
            driver,
            transactions: AnsiTransactionManager::default(),
            instrumentation: DynInstrumentation::none(),
            last_insert_id: 0,
        }
    }

    /// The id that the last insert gave out.
    pub(crate) fn last_insert_id(&self) -> i64 {
        i64::try_from(self.last_insert_id).unwrap_or(i64::MAX)
    }

    /// The driver's connection, for questions about the server itself.
    pub(crate) fn driver(&mut self) -> &mut Conn {
        &mut self.driver
    }

    /// Whether the server answers.
    ///
    /// # Errors
    /// If it does not.
    pub(crate) fn is_alive(&mut self) -> Result<bool, Error> {
        let one: Option<i64> = self
            .driver
            .query_first("SELECT 1")
            .map_err(errors::from_driver)?;
        Ok(one == Some(1))
    }

    /// Prepares a statement, or finds it prepared, and returns it with its values.
    fn prepare(
        &mut self,
        source: &(impl QueryFragment<Mysql> + ?Sized),
    ) -> QueryResult<(mysql::Statement, Params)> {
        let mut text = diesel::mysql::MysqlQueryBuilder::default();
        source.to_sql(&mut text, &Mysql)?;
        let mut values = RawBytesBindCollector::new();
        source.collect_binds(&mut values, &mut (), &Mysql)?;
        let RawBytesBindCollector {
            metadata, binds, ..
        } = values;
        let values: QueryResult<Vec<Value>> = metadata
            .into_iter()
            .zip(binds)
            .map(|(kind, bytes)| value(kind, bytes))
            .collect();
        let values = match values? {
            values if values.is_empty() => Params::Empty,
            values => Params::Positional(values),
        };
        let statement = self
            .driver
            .prep(text.finish())
            .map_err(errors::from_driver)?;
        Ok((statement, values))
    }
}

/// Executes a text of one or several statements. The driver's own `query_drop` would leave out the
/// errors of all but the first.
///
/// # Errors
/// The first error of any of them.
pub(crate) fn run_all(driver: &mut Conn, text: &str) -> Result<(), mysql::Error> {
    let mut results = driver.query_iter(text)?;
    while let Some(rows) = results.iter() {
        for row in rows {
            row?;
        }
    }
    Ok(())
}

/// A value in the driver's form. The store has whole numbers, texts and bytes only.
fn value(kind: MysqlType, bytes: Option<Vec<u8>>) -> QueryResult<Value> {
    let Some(bytes) = bytes else {
        return Ok(Value::NULL);
    };
    let number = match (kind, bytes.as_slice()) {
        (MysqlType::String | MysqlType::Blob, _) => return Ok(Value::Bytes(bytes)),
        (MysqlType::LongLong, &[a, b, c, d, e, f, g, h]) => {
            Some(i64::from_ne_bytes([a, b, c, d, e, f, g, h]))
        }
        // diesel writes a small number in 32 bits too.
        (MysqlType::Tiny | MysqlType::Short | MysqlType::Long, &[a, b, c, d]) => {
            Some(i32::from_ne_bytes([a, b, c, d]).into())
        }
        _ => None,
    };
    number.map(Value::Int).ok_or_else(|| {
        DieselError::SerializationError(format!("a value of the type {kind:?}").into())
    })
}

impl ConnectionSealed for MySqlConnection {}

impl SimpleConnection for MySqlConnection {
    fn batch_execute(&mut self, query: &str) -> QueryResult<()> {
        run_all(&mut self.driver, query).map_err(errors::from_driver)
    }
}

impl Connection for MySqlConnection {
    type Backend = Mysql;
    type TransactionManager = AnsiTransactionManager;

    fn establish(_: &str) -> ConnectionResult<Self> {
        let why = "connections are opened with limits, by store::mysql::server";
        Err(ConnectionError::InvalidConnectionUrl(why.to_owned()))
    }

    fn execute_returning_count<T>(&mut self, source: &T) -> QueryResult<usize>
    where
        T: QueryFragment<Self::Backend> + QueryId,
    {
        let (statement, values) = self.prepare(source)?;
        let result = self.driver.exec_iter(&statement, values);
        let result = result.map_err(errors::from_driver)?;
        let (rows, id) = (result.affected_rows(), result.last_insert_id());
        drop(result);
        self.last_insert_id = id.unwrap_or(0);
        usize::try_from(rows).map_err(|cause| DieselError::DeserializationError(cause.into()))
    }

    fn transaction_state(&mut self) -> &mut AnsiTransactionManager {
        &mut self.transactions
    }

    fn instrumentation(&mut self) -> &mut dyn Instrumentation {
        &mut *self.instrumentation
    }

    fn set_instrumentation(&mut self, instrumentation: impl Instrumentation) {
        self.instrumentation = instrumentation.into();
    }

    /// The size is an option of the driver.
    fn set_prepared_statement_cache_size(&mut self, _: CacheSize) {}
}

impl LoadConnection<DefaultLoadingMode> for MySqlConnection {
    type Cursor<'conn, 'query> = std::vec::IntoIter<QueryResult<MySqlRow>>;
    type Row<'conn, 'query> = MySqlRow;

    fn load<'conn, 'query, T>(
        &'conn mut self,
        source: T,
    ) -> QueryResult<Self::Cursor<'conn, 'query>>
    where
        T: Query + QueryFragment<Self::Backend> + QueryId + 'query,
        Self::Backend: diesel::expression::QueryMetadata<T::SqlType>,
    {
        let (statement, values) = self.prepare(&source)?;
        let result = self.driver.exec_iter(&statement, values);
        let result = result.map_err(errors::from_driver)?;
        let names: Arc<Names> = Arc::new(Names::of(result.columns().as_ref()));
        let rows: Result<Vec<mysql::Row>, mysql::Error> = result.collect();
        let rows = rows.map_err(errors::from_driver)?.into_iter();
        let rows: Vec<_> = rows
            .map(|row| MySqlRow::new(row.unwrap(), &names))
            .collect();
        Ok(rows.into_iter())
    }
}
