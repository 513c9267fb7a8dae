// Statements of analysts that the database is running, sent by any process.
SHOW TRANSACTIONS
YIELD metaData, status, elapsedTime
WHERE metaData.app = $app
RETURN metaData.caller AS caller, metaData.statement AS statement,
  status STARTS WITH 'Terminated' OR elapsedTime.milliseconds > metaData.milliseconds AS overdue
