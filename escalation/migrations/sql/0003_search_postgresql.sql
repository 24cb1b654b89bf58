-- What full-text search reads, kept current by the database itself: whoever writes, in whatever way, changes it as well.
-- search_tickets and search_customers hold the text that a ticket or customer can be found by, made by the views; triggers on
-- the tables refresh it in the transaction of the change. Beside it lies a tsvector of its words.
-- Statements are separated by empty lines. Frozen: it belongs to migration 0003.
-- Folded as escalation.search folds a query: accents off, small letters, words of letters and digits of all scripts. A text
-- and a word are cut: a tsvector holds a megabyte, and a ticket must be written whatever its length.
CREATE FUNCTION search_words(t text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
  SELECT array_to_tsvector(ARRAY(
    SELECT DISTINCT left(word, 64)
    FROM regexp_split_to_table(
      lower(regexp_replace(normalize(left(t, 200000), NFD), '[\u0300-\u036f]', '', 'g')),
      '[^a-z0-9\u00df-\u00f6\u00f8-\u1fff\u2c00-\u2dff\u3040-\ud7ff\uf900-\ufdff]+'
    ) word
    WHERE word <> ''
  ))
$$

-- A customer's text may hold what JSON can write and PostgreSQL cannot read: \u0000, half of a surrogate pair.
CREATE FUNCTION search_values(fields json) RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN (SELECT string_agg(value, ' ') FROM json_each_text(fields));
EXCEPTION WHEN others THEN
  RETURN '';
END $$

CREATE TABLE search_tickets (
  ticket_id integer NOT NULL PRIMARY KEY, text text NOT NULL,
  words tsvector GENERATED ALWAYS AS (search_words(text)) STORED
)

CREATE TABLE search_customers (
  id serial PRIMARY KEY, customer_id varchar(36) NOT NULL UNIQUE, text text NOT NULL,
  words tsvector GENERATED ALWAYS AS (search_words(text)) STORED
)

CREATE INDEX ix_search_tickets_words ON search_tickets USING gin (words)

CREATE INDEX ix_search_customers_words ON search_customers USING gin (words)

-- A merged ticket is found as the one that it went into, where its messages lie. The newest message first: of a very long
-- thread PostgreSQL reads only the beginning.
CREATE VIEW search_ticket_texts AS
SELECT t.id AS ticket_id, t.number || ' ' || t.subject || ' ' || c.name
  || ' ' || coalesce((SELECT string_agg(a.address, ' ') FROM customer_addresses a WHERE a.customer_id = c.id), '')
  || ' ' || coalesce((SELECT string_agg(m.number, ' ') FROM tickets m WHERE m.merged_into_id = t.id), '')
  || ' ' || coalesce((SELECT string_agg(m.subject, ' ') FROM tickets m WHERE m.merged_into_id = t.id), '')
  || ' ' || coalesce((SELECT search_values(t.fields)), '')
  || ' ' || coalesce((SELECT string_agg(b.body, ' ') FROM (SELECT body FROM ticket_messages WHERE ticket_id = t.id ORDER BY id DESC) b), '') AS text
FROM tickets t JOIN customers c ON c.id = t.customer_id
WHERE t.merged_into_id IS NULL

CREATE VIEW search_customer_texts AS
SELECT c.id AS customer_id, c.name
  || ' ' || coalesce((SELECT string_agg(a.address, ' ') FROM customer_addresses a WHERE a.customer_id = c.id), '')
  || ' ' || coalesce((SELECT string_agg(d.name, ' ') FROM customer_domains d WHERE d.customer_id = c.id), '')
  || ' ' || coalesce((SELECT string_agg(b.name, ' ') FROM customer_mailboxes b WHERE b.customer_id = c.id), '') AS text
FROM customers c

-- The row is locked first: of two who write to one ticket at once the second one must read what the first one wrote.
CREATE FUNCTION search_refresh_tickets(ids integer[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM search_tickets WHERE ticket_id = ANY (ids) ORDER BY ticket_id FOR UPDATE;
  INSERT INTO search_tickets (ticket_id, text)
  SELECT ticket_id, text FROM search_ticket_texts WHERE ticket_id = ANY (ids) ORDER BY ticket_id
  ON CONFLICT (ticket_id) DO UPDATE SET text = excluded.text WHERE search_tickets.text <> excluded.text;
END $$

CREATE FUNCTION search_refresh_customers(ids varchar[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM 1 FROM search_customers WHERE customer_id = ANY (ids) ORDER BY customer_id FOR UPDATE;
  INSERT INTO search_customers (customer_id, text)
  SELECT customer_id, text FROM search_customer_texts WHERE customer_id = ANY (ids) ORDER BY customer_id
  ON CONFLICT (customer_id) DO UPDATE SET text = excluded.text WHERE search_customers.text <> excluded.text;
END $$

CREATE FUNCTION search_tickets_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM search_tickets WHERE ticket_id = OLD.id;
    RETURN NULL;
  END IF;
  PERFORM search_refresh_tickets(ARRAY[NEW.id, NEW.merged_into_id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.merged_into_id END]);
  DELETE FROM search_tickets WHERE ticket_id = NEW.id AND NEW.merged_into_id IS NOT NULL;
  RETURN NULL;
END $$

CREATE FUNCTION search_messages_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM search_refresh_tickets(
    ARRAY[CASE WHEN TG_OP <> 'DELETE' THEN NEW.ticket_id END, CASE WHEN TG_OP <> 'INSERT' THEN OLD.ticket_id END]
  );
  RETURN NULL;
END $$

CREATE FUNCTION search_customers_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM search_customers WHERE customer_id = OLD.id;
    RETURN NULL;
  END IF;
  PERFORM search_refresh_customers(ARRAY[NEW.id]);
  PERFORM search_refresh_tickets(ARRAY(SELECT id FROM tickets WHERE customer_id = NEW.id));
  RETURN NULL;
END $$

CREATE FUNCTION search_services_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM search_refresh_customers(
    ARRAY[CASE WHEN TG_OP <> 'DELETE' THEN NEW.customer_id END, CASE WHEN TG_OP <> 'INSERT' THEN OLD.customer_id END]
  );
  RETURN NULL;
END $$

CREATE FUNCTION search_addresses_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM search_refresh_customers(
    ARRAY[CASE WHEN TG_OP <> 'DELETE' THEN NEW.customer_id END, CASE WHEN TG_OP <> 'INSERT' THEN OLD.customer_id END]
  );
  PERFORM search_refresh_tickets(ARRAY(
    SELECT id FROM tickets WHERE customer_id IN (
      CASE WHEN TG_OP <> 'DELETE' THEN NEW.customer_id END, CASE WHEN TG_OP <> 'INSERT' THEN OLD.customer_id END
    )
  ));
  RETURN NULL;
END $$

CREATE TRIGGER search_tickets AFTER INSERT OR DELETE OR UPDATE OF number, subject, fields, customer_id, merged_into_id ON tickets
  FOR EACH ROW EXECUTE FUNCTION search_tickets_changed()

CREATE TRIGGER search_ticket_messages AFTER INSERT OR DELETE OR UPDATE OF body, ticket_id ON ticket_messages
  FOR EACH ROW EXECUTE FUNCTION search_messages_changed()

CREATE TRIGGER search_customers AFTER INSERT OR DELETE OR UPDATE OF name ON customers
  FOR EACH ROW EXECUTE FUNCTION search_customers_changed()

CREATE TRIGGER search_customer_addresses AFTER INSERT OR DELETE OR UPDATE ON customer_addresses
  FOR EACH ROW EXECUTE FUNCTION search_addresses_changed()

CREATE TRIGGER search_customer_domains AFTER INSERT OR DELETE OR UPDATE ON customer_domains
  FOR EACH ROW EXECUTE FUNCTION search_services_changed()

CREATE TRIGGER search_customer_mailboxes AFTER INSERT OR DELETE OR UPDATE ON customer_mailboxes
  FOR EACH ROW EXECUTE FUNCTION search_services_changed()

INSERT INTO search_tickets (ticket_id, text) SELECT ticket_id, text FROM search_ticket_texts

INSERT INTO search_customers (customer_id, text) SELECT customer_id, text FROM search_customer_texts
