package boltstore_test

import (
	"path/filepath"
	"testing"

	"tidings/internal/boltstore"
	"tidings/internal/storetest"
)

func open(tb testing.TB, dir string) storetest.Store {
	tb.Helper()
	s, err := boltstore.Open(filepath.Join(dir, "news.db"), boltstore.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestContract(t *testing.T) { storetest.Run(t, open) }
