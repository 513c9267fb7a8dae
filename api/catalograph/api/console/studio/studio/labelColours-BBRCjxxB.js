const e={Product:"#4263eb",Brand:"#e8590c",Category:"#2b8a3e",Attribute:"#862e9c",Value:"#ae3ec9",User:"#c2255c",Review:"#e67700",Event:"#868e96",Source:"#495057",Assertion:"#0b7285"};export{e as L};
