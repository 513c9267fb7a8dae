// Statements of analysts that the database is running, sent by any process.
// Parameters: app (metadata that marks the transactions of the gate)
// Returns: caller, statement (id), overdue (whether it was terminated or is past its time limit)
// Index: none; reads the list of transactions
SHOW TRANSACTIONS
YIELD metaData, status, elapsedTime
WHERE metaData.app = $app
RETURN metaData.caller AS caller, metaData.statement AS statement,
  status STARTS WITH 'Terminated' OR elapsedTime.milliseconds > metaData.milliseconds AS overdue
