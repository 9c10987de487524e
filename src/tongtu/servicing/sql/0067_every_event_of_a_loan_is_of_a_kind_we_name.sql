-- Writers go on meanwhile: this takes no lock that keeps them out.

alter table servicing.loan_event validate constraint loan_event_kind_check;
