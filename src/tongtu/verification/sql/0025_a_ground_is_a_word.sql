-- What was said of a person in words of one's own has no place in a case; that something was stays.
update verification.identity_case
   set reasons = array(
       select case when one like 'why:%' then 'why:said_in_words' else one end
         from unnest(reasons) with ordinality as o (one, n) order by n)
 where exists (select from unnest(reasons) as one where one like 'why:%');
