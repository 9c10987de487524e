create schema risk;
