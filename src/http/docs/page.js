// Shows the description of this server. Nothing of it goes to anybody else.
SwaggerUIBundle({
  url: '/v2/openapi.json',
  dom_id: '#reader',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  validatorUrl: null,
});
