-- Beside the jobs of ../queue-workers/queue.sql, whose partition is the hash of the key whose jobs belong together, modulo
-- the number of partitions.
CREATE TABLE partitions (
  number int PRIMARY KEY,
  revision text NOT NULL -- whose consumers may take its jobs; a release writes its own here
);
INSERT INTO partitions SELECT number, 'v42' FROM generate_series(0, 7) AS number;

-- The newest effect of phased-rollback.
CREATE TABLE newest_effect (alone boolean PRIMARY KEY DEFAULT true CHECK (alone), record jsonb);
INSERT INTO newest_effect DEFAULT VALUES;
