#!/usr/bin/ruby
# activerecord_race.rb: a Rails application's bookings and coupons, and a race for them by processes that look first and
# write then: the first by hand, the second by `validates .. uniqueness`.
#
#     activerecord_race.rb tables FORM                  makes the tables, as a migration does, in the database
#                                                       PGDATABASE_FORM
#     activerecord_race.rb race ROUNDS FORM:SCENARIO..  prints for each
#                                                       `FORM:SCENARIO refused=N other=N constraint=NAME`, and
#                                                       what the first other error was
#
# Nothing here knows of bookonce. In each round all processes have looked before any of them writes.
# SPDX-License-Identifier: PostgreSQL
require "active_record"
require "pg"

CLIENTS = 16
ActiveRecord::Base.logger = nil

def connect(form)
  ActiveRecord::Base.establish_connection(
    adapter: "postgresql", host: ENV["PGHOST"], port: ENV["PGPORT"], username: ENV["PGUSER"],
    database: "#{ENV["PGDATABASE"]}_#{form}", pool: 1
  )
end

class Booking < ActiveRecord::Base
  scope :overlapping, ->(room, starts, ends) {
    where(room_id: room, status: "accepted").where("starts_at < ? AND ends_at > ?", ends, starts)
  }
end

class Account < ActiveRecord::Base
  has_many :coupons
end

class Coupon < ActiveRecord::Base
  belongs_to :account
  validates :code, uniqueness: { scope: :account_id }

  # Where an application would do other work between its validation and its INSERT.
  cattr_accessor :before_insert
  before_create { Coupon.before_insert.call }
end

def make_tables
  ActiveRecord::Schema.verbose = false
  ActiveRecord::Schema.define do
    create_table(:bookings) do |t|
      t.integer :room_id, null: false
      t.datetime :starts_at, null: false
      t.datetime :ends_at, null: false
      t.string :status, null: false
      t.string :person, null: false
    end
    create_table(:accounts) { |t| t.string :name }
    create_table(:coupons) do |t|
      t.references :account, null: false
      t.string :code, null: false
    end
  end
  Account.create!(id: 1, name: "ann")
end

def values(room, n, person, status = "accepted")
  starts = Time.utc(2030, 1, 1, 9) + n * 86_400
  { room_id: room, starts_at: starts, ends_at: starts + 3600, status: status, person: person }
end

def free?(row)
  Booking.overlapping(row[:room_id], row[:starts_at], row[:ends_at]).none?
end

SCENARIOS = {
  "create" => lambda do |n, person, wait|
    row = values(1, n, person)
    if free?(row)
      wait.call
      Booking.create!(row)
    end
  end,
  "transaction" => lambda do |n, person, wait|
    row = values(2, n, person)
    Booking.transaction do
      if free?(row)
        wait.call
        Booking.create!(row)
        Booking.where(room_id: 2, person: person).count
      end
    end
  end,
  "many" => lambda do |n, person, wait|
    rows = [3, 4, 5].map { |room| values(room, n, person) }
    if rows.all? { |row| free?(row) }
      wait.call
      # insert_all!, because insert_all means ON CONFLICT DO NOTHING.
      Booking.insert_all!(rows)
    end
  end,
  "confirm" => lambda do |n, person, wait|
    row = values(6, n, person, "pending")
    booking = Booking.create!(row)
    if free?(row)
      wait.call
      booking.update!(status: "accepted")
    end
  end,
  # All write one row.
  "upsert" => lambda do |n, person, wait|
    wait.call
    Booking.upsert(values(8, n, person).merge(id: 1_000_000 + n))
  end,
  "coupon" => lambda do |n, _person, wait|
    Coupon.before_insert = wait
    Account.find(1).coupons.create!(code: "SPRING#{n}")
  end
}.freeze

# One process of all races. Its lines go to the parent: `ready`, `refused CONSTRAINT`, `other ERROR`, `done`.
def run_client(number, races, rounds, ready, go)
  say = ->(line) { ready.puts(line.tr("\n", " ")[0, 200]); ready.flush }
  wait = -> { say.call("ready"); go.read(1) }
  races.each do |form, scenario|
    connect(form)
    rounds.times do |n|
      begin
        SCENARIOS.fetch(scenario).call(n, "person #{number}", wait)
      rescue ActiveRecord::StatementInvalid => e # RecordNotUnique is one, too
        refused = e.cause.is_a?(PG::IntegrityConstraintViolation)
        say.call(refused ? "refused #{constraint_of(e.cause)}" : "other #{e.class}: #{e.message}")
      rescue StandardError => e
        say.call("other #{e.class}: #{e.message}")
      end
      say.call("done")
    end
  end
end

def constraint_of(error)
  error.result.error_field(PG::Result::PG_DIAG_CONSTRAINT_NAME) || "-"
end

def start_client(number, races, rounds)
  lines, ready = IO.pipe
  go, go_in = IO.pipe
  fork do
    run_client(number, races, rounds, ready, go)
    exit!(0)
  end
  ready.close
  [lines, go_in]
end

# Lets all go when all have looked. Returns what they said then, but `done`.
def run_round(clients)
  clients.each do |lines, _|
    line = lines.gets.to_s.strip
    line == "ready" or abort "a process did not get as far as writing: #{line}"
  end
  clients.each { |_, go| go.write("!") }
  clients.flat_map { |lines, _| lines.each_line.lazy.map(&:strip).take_while { |line| line != "done" }.to_a }
end

def race(rounds, races)
  clients = Array.new(CLIENTS) { |number| start_client(number, races, rounds) }
  races.each do |form, scenario|
    refused, others = Array.new(rounds) { run_round(clients) }.flatten.partition { |line| line.start_with?("refused ") }
    constraint = refused.empty? ? "-" : refused.first.split[1]
    told = "#{form}:#{scenario} refused=#{refused.size} other=#{others.size} constraint=#{constraint}"
    puts [told, *others.first(1)].join(" ")
  end
end

if ARGV[0] == "tables"
  connect(ARGV[1])
  make_tables
else
  race(ARGV[1].to_i, ARGV.drop(2).map { |pair| pair.split(":") })
end
