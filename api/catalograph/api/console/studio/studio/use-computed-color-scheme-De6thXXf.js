import{a as u,u as c}from"./use-mantine-color-scheme-DP8KNSXM.js";function s(o,t={getInitialValueInEffect:!0}){const r=u(o,t),{colorScheme:e}=c();return e==="auto"?r:e}export{s as u};
