// sequelize_race.js: a Node application's bookings by Sequelize, and a race for them by processes that look first and
// book then.
//
//     sequelize_race.js tables FORM                  makes the table, as sync() does, in the database PGDATABASE_FORM
//     sequelize_race.js race ROUNDS FORM:SCENARIO..  prints for each
//                                                    `FORM:SCENARIO refused=N other=N constraint=NAME`, and what
//                                                    the first other error was
//
// Nothing here knows of bookonce. In each round all processes have looked before any of them books. NODE_PATH leads to
// the modules, which regress/orm/modules installs. SPDX-License-Identifier: PostgreSQL
'use strict';
const { fork } = require('child_process');
const { Sequelize, DataTypes, Op } = require('sequelize');

const CLIENTS = 16;

function connect(form) {
    const sequelize = new Sequelize(`${process.env.PGDATABASE}_${form}`, process.env.PGUSER, null, {
        dialect: 'postgres', host: process.env.PGHOST, port: process.env.PGPORT, logging: false, pool: { max: 1 },
    });
    const Booking = sequelize.define('Booking', {
        roomId: { type: DataTypes.INTEGER, allowNull: false },
        startTime: { type: DataTypes.DATE, allowNull: false },
        endTime: { type: DataTypes.DATE, allowNull: false },
        status: { type: DataTypes.STRING, allowNull: false },
        person: { type: DataTypes.STRING, allowNull: false },
    });
    return { sequelize, Booking };
}

function values(roomId, n, person, status = 'accepted') {
    const startTime = new Date(Date.UTC(2030, 0, 1 + n, 9));
    return { roomId, startTime, endTime: new Date(startTime.getTime() + 3600e3), status, person };
}

async function isFree(Booking, row, transaction) {
    const overlap = { startTime: { [Op.lt]: row.endTime }, endTime: { [Op.gt]: row.startTime } };
    const where = { roomId: row.roomId, status: 'accepted', ...overlap };
    return await Booking.count({ where, transaction }) === 0;
}

const scenarios = {
    async create({ Booking }, n, person, wait) {
        const row = values(1, n, person);
        if (await isFree(Booking, row)) {
            await wait();
            await Booking.create(row);
        }
    },
    async transaction({ sequelize, Booking }, n, person, wait) {
        const row = values(2, n, person);
        await sequelize.transaction(async (transaction) => {
            if (await isFree(Booking, row, transaction)) {
                await wait();
                await Booking.create(row, { transaction });
                await Booking.count({ where: { roomId: 2, person }, transaction });
            }
        });
    },
    async many({ Booking }, n, person, wait) {
        const rows = [3, 4, 5].map((room) => values(room, n, person));
        const free = await Promise.all(rows.map((row) => isFree(Booking, row)));
        if (free.every((is) => is)) {
            await wait();
            await Booking.bulkCreate(rows);
        }
    },
    async confirm({ Booking }, n, person, wait) {
        const row = values(6, n, person, 'pending');
        const booking = await Booking.create(row);
        if (await isFree(Booking, row)) {
            await wait();
            await booking.update({ status: 'accepted' });
        }
    },
    // All write one row.
    async upsert({ Booking }, n, person, wait) {
        await wait();
        await Booking.upsert({ id: 1000000 + n, ...values(8, n, person) });
    },
};

// One process of all races. Its messages to the parent: `ready`, `refused CONSTRAINT`, `other ERROR`, `done`.
async function client(rounds, number, races) {
    const wait = () => new Promise((resolve) => {
        process.once('message', resolve);
        process.send('ready');
    });
    for (const race of races) {
        const [form, scenario] = race.split(':');
        const models = connect(form);
        for (let n = 0; n < rounds; n++) {
            try {
                await scenarios[scenario](models, n, `person ${number}`, wait);
            } catch (error) {
                const refused = error.name === 'SequelizeExclusionConstraintError';
                process.send(refused ? `refused ${error.constraint ?? '-'}` : `other ${error.name}: ${error.message}`);
            }
            process.send('done');
        }
        await models.sequelize.close();
    }
    process.disconnect();
}

function startClients(rounds, races) {
    return Array.from({ length: CLIENTS }, (_, number) => {
        const child = fork(__filename, ['client', rounds, number, ...races]);
        const heard = [];
        let listener = null;
        const hear = (message) => {
            if (listener) {
                const wake = listener;
                listener = null;
                wake(message);
            } else {
                heard.push(message);
            }
        };
        child.on('message', hear);
        child.on('exit', () => hear('gone'));
        const next = () =>
          heard.length > 0 ? Promise.resolve(heard.shift()) : new Promise((resolve) => { listener = resolve; });
        return { child, next };
    });
}

// Lets all go when all have looked. Returns what they said then, but `done`.
async function runRound(clients) {
    for (const { next } of clients) {
        const message = await next();
        if (message !== 'ready') {
            throw new Error(`a process did not get as far as booking: ${message}`);
        }
    }
    clients.forEach(({ child }) => child.send('go'));
    const said = [];
    for (const { next } of clients) {
        for (let message = await next(); message !== 'done'; message = await next()) {
            if (message === 'gone') {
                throw new Error('a process has ended');
            }
            said.push(message.replace(/\n/g, ' '));
        }
    }
    return said;
}

async function race(rounds, races) {
    const clients = startClients(rounds, races);
    for (const each of races) {
        const said = [];
        for (let n = 0; n < rounds; n++) {
            said.push(...await runRound(clients));
        }
        const refused = said.filter((line) => line.startsWith('refused '));
        const others = said.filter((line) => !line.startsWith('refused '));
        const constraint = refused.length > 0 ? refused[0].split(' ')[1] : '-';
        const told = `${each} refused=${refused.length} other=${others.length} constraint=${constraint}`;
        console.log(told, ...others.slice(0, 1));
    }
}

async function main() {
    const [what, ...rest] = process.argv.slice(2);
    if (what === 'tables') {
        const { sequelize, Booking } = connect(rest[0]);
        await Booking.sync();
        await sequelize.close();
    } else if (what === 'client') {
        await client(Number(rest[0]), Number(rest[1]), rest.slice(2));
    } else {
        await race(Number(rest[0]), rest.slice(1));
    }
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
