package web

import (
	"crypto/sha256"
	_ "embed" // for the service worker
	"encoding/hex"
	"io/fs"
)

// Worker is the service worker's script. It is served under an address of its own,
// after a line that sets "release".
//
//go:embed sw.js
var Worker string

// edition names what the program shows by a hash: it changes with every template, text,
// style, script and icon.
func edition() (string, error) {
	sum := sha256.New()
	sum.Write([]byte(Worker))
	for _, from := range []fs.FS{templates, messages, files} {
		err := fs.WalkDir(from, ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			body, err := fs.ReadFile(from, name)
			sum.Write(body)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)[:6]), nil
}
