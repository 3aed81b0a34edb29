extension Schema {
    /// What a conversation needs to go on after a restart, who it is with, and what people thought of it.
    static let resumption = """
        ALTER TABLE sessions ADD COLUMN user_id TEXT;
        ALTER TABLE sessions ADD COLUMN generation INTEGER NOT NULL DEFAULT 0;
        -- The whole conversation after its newest turn.
        ALTER TABLE sessions ADD COLUMN snapshot TEXT;
        -- Set when the person asked to be forgotten: nothing more is written for the session.
        ALTER TABLE sessions ADD COLUMN erased_at_us INTEGER;
        CREATE INDEX sessions_user ON sessions (user_id, started_at_us) WHERE user_id IS NOT NULL;
        CREATE INDEX calls_from ON calls ("from", started_at_us);

        CREATE TABLE handoffs (
            id TEXT NOT NULL PRIMARY KEY,
            session_id TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('requested', 'queued', 'connected', 'declined', 'timed_out', 'ended')),
            reason TEXT NOT NULL,
            requested_at_us INTEGER NOT NULL,
            updated_at_us INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX handoffs_session ON handoffs (session_id, requested_at_us);

        CREATE TABLE feedback (
            id INTEGER PRIMARY KEY,
            session_id TEXT NOT NULL,
            generation INTEGER NOT NULL,
            score REAL NOT NULL,
            comment TEXT,
            at_us INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX feedback_turn ON feedback (session_id, generation);
        """

    /// Files of writes that an earlier run left, so that none is written twice.
    static let backlogs = """
        CREATE TABLE replayed_backlogs (id TEXT NOT NULL PRIMARY KEY, at_us INTEGER NOT NULL) STRICT;
        """

    /// When a session last began, had a turn or ended: what its age is counted from.
    static let activity = """
        ALTER TABLE sessions ADD COLUMN active_at_us INTEGER NOT NULL DEFAULT 0;
        UPDATE sessions SET active_at_us = max(started_at_us, coalesce(ended_at_us, 0));
        """

    /// What one agent handed to another, in words.
    static let handoverContext = """
        ALTER TABLE agent_transitions ADD COLUMN context TEXT NOT NULL DEFAULT '';
        """

    /// What the person who takes over is told: it holds what the caller said.
    static let summaries = """
        ALTER TABLE handoffs ADD COLUMN summary TEXT NOT NULL DEFAULT '';
        """
}
