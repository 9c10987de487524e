create schema servicing;
