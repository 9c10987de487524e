create schema funding;
