// Package names says what names of declarations mean, in both languages: how they are
// put together and cut, and what a shorter one may stand for (names.go), and which method
// it is that a user has named (method.go).
package names
