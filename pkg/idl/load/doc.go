// Package load is the way to a Schema: from files, strings and descriptor sets (Files),
// from a server (Reflect), and from several of these (Join).
//
//	load.go     Files sorts sources by language and hands them to the language's room
//	reflect.go  Reflect
//	join.go     Join, and what is different where files are in both languages
//
// The rooms know nothing of each other: what both need of a Schema is in its interface.
package load
