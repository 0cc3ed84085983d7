package gateway

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/idlcall/idlcall/pkg/gateway"
)

// TestOpenAPI has a validator of others look at the documents.
func TestOpenAPI(t *testing.T) {
	for _, c := range []struct {
		files, paths []string
	}{
		{[]string{"library/library.proto"}, []string{"/v1/shelves/{name}", "/v1/shelves/{name_2}/books/{name_4}:move", "/v1/search/{color}/{flag}/{numbers}"}},
		{[]string{"../../testdata/thrift/bizservice.thrift"}, []string{"/life/client/{action}/{biz}", "/life/client/{action}/{biz}/other"}},
		{[]string{"testdata/places.thrift"}, []string{"/places/{name}", "/files/{name}"}},
		{[]string{"testdata/echo.thrift", "testdata/echo.proto"}, []string{"/Echo"}},
	} {
		var files []string
		for _, file := range c.files {
			path, err := filepath.Abs(file)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, path)
		}
		text := ours(t, "localhost:1", files...).OpenAPI(gateway.Info{Version: "1"})
		document, err := openapi3.NewLoader().LoadFromData(text)
		if err == nil {
			err = document.Validate(context.Background())
		}
		if err != nil {
			t.Errorf("%v: %v\n%s", c.files, err, text)
			continue
		}
		for _, path := range c.paths {
			if document.Paths.Find(path) == nil {
				t.Errorf("%v: no path %s in %v", c.files, path, document.Paths.InMatchingOrder())
			}
		}
	}
}
