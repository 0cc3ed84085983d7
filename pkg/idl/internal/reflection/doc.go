// Package reflection asks a server for descriptors by the reflection service of gRPC, v1
// or v1alpha, on one stream that stays open (reflection.go). The messages are written
// and read as bytes (wire.go). What a server has said may be kept on disk, and used for a
// while in place of asking (kept.go). A Client has no lock: its schema's is held around it.
package reflection
