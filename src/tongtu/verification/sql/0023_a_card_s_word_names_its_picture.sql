-- A face is compared with the very picture whose words fit the person, and with no other.
alter table verification.element add column document int8;
