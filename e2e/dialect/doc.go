// Package dialect compares the dialects of JSON with what Kitex itself makes of the same
// documents and the same replies: with the writers and readers of its generic clients.
//
//	kitex_test.go      Kitex, and one method in both
//	json_test.go       --json-dialect kitex against the JSON generic call with dynamicgo
//	map_test.go        --json-dialect kitex-map against the map generic call
//	documents_test.go  the documents and the replies
package dialect
