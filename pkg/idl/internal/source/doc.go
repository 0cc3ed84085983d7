// Package source is what IDL is read from and saved to, in either language.
//
//	disk.go      where files are: import directories, shown paths, folders to look in
//	read.go      reading with limits
//	nearby.go    files with a name like that of a missing one
//	text.go      places in a text
//	token.go     kinds of tokens and bytes that both lexers have
//	folder.go    the folder of saved files, from which nothing gets out
//	savename.go  the names that files are saved by
//	save.go      which of several symbols can be saved
//
// A Disk is filled while sources are added, and only read after that.
package source
