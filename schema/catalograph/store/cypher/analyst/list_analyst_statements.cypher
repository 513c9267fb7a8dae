// Statements of analysts that the database works on, whichever process sent them.
SHOW TRANSACTIONS
YIELD metaData, status, elapsedTime
WHERE metaData.app = $app
RETURN metaData.caller AS caller, metaData.statement AS statement,
  status STARTS WITH 'Terminated' OR elapsedTime.milliseconds > metaData.milliseconds AS overdue
