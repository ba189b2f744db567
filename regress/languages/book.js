const { Client } = require('pg');

const CALL = `
    SELECT bookonce.to_jsonb(a) AS answer
    FROM bookonce.book_slot(resource => $1, during => tstzrange($2, $3), holder => $4, idempotency_key => $5) AS a`;

// Contention, a server that goes away, or no SQLSTATE: the connection was lost.
const repeatable = (error) =>
  /^(40001|40P01|08...|57P0.)$/.test(/^[0-9A-Z]{5}$/.test(error.code) ? error.code : '08000');

// The answer as an object. The key was made before this loop: with it, done twice is done once.
async function book(config, resource, startsAt, endsAt, holder, key, patience = 10000) {
  const deadline = Date.now() + patience;
  for (let pause = 50; ; pause = Math.min(2 * pause, 1000)) {
    const client = new Client(config);
    client.on('error', () => {}); // the query reports it
    try {
      await client.connect();
      const { rows } = await client.query(CALL, [resource, startsAt, endsAt, holder, key]); // its own transaction
      return rows[0].answer;
    } catch (error) {
      if (!repeatable(error) || Date.now() > deadline) throw error;
    } finally {
      client.end().catch(() => {});
    }
    await new Promise((done) => setTimeout(done, Math.random() * pause));
  }
}

if (require.main === module) {
  book({ application_name: 'language' }, ...process.argv.slice(2)).then((answer) =>
    console.log(answer.outcome, answer.replayed, (answer.busy || []).length, answer.starts_at));
}
