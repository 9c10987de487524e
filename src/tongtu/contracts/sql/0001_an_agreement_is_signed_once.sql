create schema contracts;
