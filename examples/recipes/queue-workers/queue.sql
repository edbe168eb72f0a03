CREATE TABLE jobs (
  id bigserial PRIMARY KEY,
  partition int NOT NULL, -- hash of the key whose jobs belong together, modulo the number of instances
  payload jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  due_at timestamptz NOT NULL DEFAULT now(),
  attempts int NOT NULL DEFAULT 0,
  done_at timestamptz
);
CREATE INDEX jobs_to_do ON jobs (partition, id) WHERE done_at IS NULL;
