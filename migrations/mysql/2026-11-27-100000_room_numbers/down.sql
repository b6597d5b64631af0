DROP TABLE IF EXISTS room_numbers;
