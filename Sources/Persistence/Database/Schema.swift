import GRDB

/// What is stored (DESIGN §7). Times are integer microseconds UTC (`…_us`), money is integer micro-dollars (`…_micro`).
///
/// Rows refer to each other by id without foreign keys: a call's turn, event and end arrive on different tasks, and a record
/// that comes before its parent must not be lost.
enum Schema {
    /// One migration a change; never edited after its release.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for (name, statements) in migrations {
            migrator.registerMigration(name, foreignKeyChecks: .immediate) { db in try db.execute(sql: statements) }
        }
        return migrator
    }

    private static let migrations = [
        ("001 calls and turns", calls), ("002 conversations", conversations), ("003 tiers and budgets", budgets),
        ("004 events", events), ("005 demo operator", demoOperator), ("006 sessions that go on", resumption),
        ("007 backlogs", backlogs), ("008 activity", activity), ("009 what went along", handoverContext), ("010 hand-over summaries", summaries),
    ]

    private static let calls = """
        CREATE TABLE calls (
            id TEXT NOT NULL PRIMARY KEY,
            carrier TEXT NOT NULL,
            carrier_call_id TEXT,
            "from" TEXT,
            "to" TEXT,
            state TEXT NOT NULL CHECK (state IN ('active', 'ended')),
            end_reason TEXT,
            session_id TEXT NOT NULL,
            workflow_context_id TEXT,
            current_agent TEXT,
            agent_transition_count INTEGER NOT NULL DEFAULT 0,
            tier TEXT,
            tier_escalation_trigger TEXT,
            cost_micro INTEGER NOT NULL DEFAULT 0,
            waste_micro INTEGER NOT NULL DEFAULT 0,
            integration_enabled INTEGER NOT NULL DEFAULT 1,
            run_id TEXT NOT NULL,
            started_at_us INTEGER NOT NULL,
            ended_at_us INTEGER
        ) STRICT;
        CREATE INDEX calls_started ON calls (started_at_us);
        CREATE INDEX calls_carrier_call ON calls (carrier_call_id);
        CREATE INDEX calls_session ON calls (session_id);
        CREATE INDEX calls_active ON calls (run_id) WHERE state = 'active';

        -- One user turn and its reply. The conversation writes what was said and decided, the call what was heard and how long
        -- it took; whoever comes first makes the row. Stage times count from the last voiced frame.
        CREATE TABLE turns (
            id INTEGER PRIMARY KEY,
            session_id TEXT NOT NULL,
            call_id TEXT,
            generation INTEGER NOT NULL,
            channel TEXT NOT NULL CHECK (channel IN ('voice', 'chat')),
            at_us INTEGER NOT NULL,
            user_text TEXT NOT NULL DEFAULT '',
            user_confidence REAL,
            reply_text TEXT NOT NULL DEFAULT '',
            heard_text TEXT,
            interrupted INTEGER NOT NULL DEFAULT 0,
            decision TEXT,
            agent TEXT,
            tier TEXT,
            source TEXT,
            endpoint_ms REAL,
            stt_final_ms REAL,
            decision_ms REAL,
            first_text_ms REAL,
            first_audio_ms REAL,
            reply_end_ms REAL,
            unexplained_ms REAL,
            cost_micro INTEGER NOT NULL DEFAULT 0,
            waste_micro INTEGER NOT NULL DEFAULT 0,
            trace_id TEXT,
            run_id TEXT NOT NULL,
            UNIQUE (session_id, generation)
        ) STRICT;
        CREATE INDEX turns_call ON turns (call_id, generation);
        CREATE INDEX turns_at ON turns (at_us);

        CREATE TABLE agent_transitions (
            id INTEGER PRIMARY KEY,
            call_id TEXT,
            session_id TEXT,
            at_us INTEGER NOT NULL,
            from_agent TEXT NOT NULL,
            to_agent TEXT NOT NULL,
            trigger_reason TEXT NOT NULL,
            context_preserved INTEGER NOT NULL,
            transition_duration_ms REAL NOT NULL
        ) STRICT;
        CREATE INDEX agent_transitions_call ON agent_transitions (call_id);
        CREATE INDEX agent_transitions_session ON agent_transitions (session_id);
        """

    private static let conversations = """
        CREATE TABLE sessions (
            id TEXT NOT NULL PRIMARY KEY,
            channel TEXT NOT NULL CHECK (channel IN ('voice', 'chat')),
            started_at_us INTEGER NOT NULL,
            ended_at_us INTEGER,
            end_reason TEXT,
            run_id TEXT NOT NULL
        ) STRICT;
        CREATE INDEX sessions_started ON sessions (started_at_us);

        CREATE TABLE messages (
            id INTEGER PRIMARY KEY,
            session_id TEXT NOT NULL,
            generation INTEGER NOT NULL,
            role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
            text TEXT NOT NULL,
            heard_bytes INTEGER,
            heard_complete INTEGER,
            trace_id TEXT,
            at_us INTEGER NOT NULL,
            UNIQUE (session_id, generation, role)
        ) STRICT;

        CREATE TABLE decisions (
            id INTEGER PRIMARY KEY,
            session_id TEXT NOT NULL,
            generation INTEGER NOT NULL,
            source TEXT NOT NULL,
            agent TEXT NOT NULL,
            intent TEXT NOT NULL,
            confidence REAL NOT NULL,
            next_action TEXT NOT NULL,
            workflow TEXT,
            decision TEXT NOT NULL,
            at_us INTEGER NOT NULL,
            UNIQUE (session_id, generation)
        ) STRICT;
        CREATE INDEX decisions_intent ON decisions (intent, at_us);

        -- A fact that was replaced points to its successor.
        CREATE TABLE facts (
            id INTEGER PRIMARY KEY,
            session_id TEXT NOT NULL,
            generation INTEGER NOT NULL,
            "key" TEXT NOT NULL,
            value TEXT NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('stable', 'volatile')),
            source TEXT NOT NULL,
            confidence REAL NOT NULL,
            retracted_by INTEGER,
            at_us INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX facts_session ON facts (session_id, "key");

        CREATE TABLE tickets (
            id TEXT NOT NULL PRIMARY KEY,
            session_id TEXT NOT NULL,
            workflow TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('open', 'done', 'abandoned', 'handed_off')),
            owner TEXT NOT NULL,
            opened_at_us INTEGER NOT NULL,
            updated_at_us INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX tickets_session ON tickets (session_id);

        CREATE TABLE tool_calls (
            id INTEGER PRIMARY KEY,
            session_id TEXT NOT NULL,
            generation INTEGER NOT NULL,
            tool TEXT NOT NULL,
            idempotency_key TEXT NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('succeeded', 'failed', 'timed_out', 'cancelled', 'abandoned')),
            duration_ms REAL NOT NULL,
            at_us INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX tool_calls_turn ON tool_calls (session_id, generation);
        """

    private static let budgets = """
        CREATE TABLE tier_escalation_events (
            id INTEGER PRIMARY KEY,
            call_id TEXT NOT NULL,
            at_us INTEGER NOT NULL,
            from_tier TEXT NOT NULL,
            to_tier TEXT NOT NULL,
            trigger_agent TEXT NOT NULL,
            qualification_score REAL NOT NULL,
            cost_impact INTEGER NOT NULL,
            budget_check_passed INTEGER NOT NULL,
            outcome TEXT NOT NULL CHECK (outcome IN ('performed', 'refused', 'lowered')),
            cause TEXT NOT NULL,
            reason TEXT NOT NULL
        ) STRICT;
        CREATE INDEX tier_escalation_events_call ON tier_escalation_events (call_id);

        -- Running totals of the ledger, changed in the transaction of its entries.
        CREATE TABLE budgets (
            scope TEXT NOT NULL PRIMARY KEY,
            period TEXT NOT NULL,
            cap_micro INTEGER NOT NULL,
            spent_micro INTEGER NOT NULL DEFAULT 0 CHECK (spent_micro >= 0),
            reserved_micro INTEGER NOT NULL DEFAULT 0 CHECK (reserved_micro >= 0),
            updated_at_us INTEGER NOT NULL
        ) STRICT;

        -- Of each reservation and scope: one reserve entry, later balanced by a commit, a release, or both.
        CREATE TABLE budget_ledger (
            id INTEGER PRIMARY KEY,
            reservation_key TEXT NOT NULL,
            scope TEXT NOT NULL,
            entry TEXT NOT NULL CHECK (entry IN ('reserve', 'commit', 'release')),
            amount_micro INTEGER NOT NULL CHECK (amount_micro >= 0),
            balanced INTEGER NOT NULL DEFAULT 0,
            run_id TEXT NOT NULL,
            at_us INTEGER NOT NULL,
            UNIQUE (reservation_key, scope, entry)
        ) STRICT;
        CREATE INDEX budget_ledger_open ON budget_ledger (run_id) WHERE entry = 'reserve' AND balanced = 0;
        """

    private static let events = """
        CREATE TABLE events (
            id INTEGER PRIMARY KEY,
            at_us INTEGER NOT NULL,
            name TEXT NOT NULL,
            subject TEXT NOT NULL,
            attributes TEXT NOT NULL,
            run_id TEXT NOT NULL
        ) STRICT;
        CREATE INDEX events_subject ON events (subject);
        CREATE INDEX events_at ON events (at_us);
        """

    /// The demo operator's own tables, named apart.
    private static let demoOperator = """
        CREATE TABLE operator_plans (
            name TEXT NOT NULL PRIMARY KEY,
            price_micro INTEGER NOT NULL,
            data_allowance_mb INTEGER,
            position INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE operator_customers (
            id TEXT NOT NULL PRIMARY KEY,
            account_number TEXT NOT NULL UNIQUE,
            name TEXT NOT NULL,
            first_name TEXT NOT NULL,
            phone TEXT NOT NULL UNIQUE,
            phone_last_digits TEXT NOT NULL,
            plan TEXT NOT NULL REFERENCES operator_plans (name),
            plan_since TEXT NOT NULL
        ) STRICT;
        CREATE INDEX operator_customers_phone ON operator_customers (phone_last_digits);
        CREATE TABLE operator_usage (
            customer_id TEXT NOT NULL REFERENCES operator_customers (id),
            month TEXT NOT NULL,
            data_used_mb INTEGER NOT NULL,
            PRIMARY KEY (customer_id, month)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE operator_bills (
            customer_id TEXT NOT NULL REFERENCES operator_customers (id),
            month TEXT NOT NULL,
            amount_micro INTEGER NOT NULL,
            due_on TEXT NOT NULL,
            paid INTEGER NOT NULL,
            PRIMARY KEY (customer_id, month)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE operator_plan_changes (
            idempotency_key TEXT NOT NULL PRIMARY KEY,
            customer_id TEXT NOT NULL REFERENCES operator_customers (id),
            from_plan TEXT NOT NULL,
            requested_plan TEXT NOT NULL,
            result TEXT NOT NULL,
            at_us INTEGER NOT NULL
        ) STRICT;
        """
}
