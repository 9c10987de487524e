-- A person who asks for a person is told by when; the days come from the policy pack.
-- Requests made before have none.
alter table origination.review_request add column answer_by date;
