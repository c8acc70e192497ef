-- Every row that an append touches is found by a key. A plan that a long session made while its tables were small would read them whole for each
-- batch, and go on doing so while they grow: that is ruled out rather than left to statistics, which come a minute late on a busy day.
alter function es.append_batch set enable_seqscan = off;
alter function es.append_batch set enable_hashjoin = off;
alter function es.append_batch set enable_mergejoin = off;
-- Ruling out makes costs look huge, and compiling a statement that runs for a millisecond takes many.
alter function es.append_batch set jit = off;
