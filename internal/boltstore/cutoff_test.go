package boltstore_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
)

// A file that lacks its end is refused before bbolt maps it, which would kill the
// program, and is left as it is.
func TestOpenRefusesAFileThatIsCutOff(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	stock(t, s.(*boltstore.Store), 300)
	var whole bytes.Buffer // without free room at its end
	if _, err := s.(*boltstore.Store).Backup(t.Context(), &whole); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{5000, 8192, 20000, 100000, whole.Len() - 1} {
		for _, o := range []boltstore.Options{{}, {ReadOnly: true}} {
			path := filepath.Join(t.TempDir(), "news.db")
			if err := os.WriteFile(path, whole.Bytes()[:n], 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := boltstore.Open(path, o)
			var hint *feed.Hint
			if err == nil || !errors.As(err, &hint) || !strings.Contains(fmt.Sprint(hint), "backup") {
				t.Fatalf("%d bytes, %+v: %v", n, o, err)
			}
			if !strings.Contains(err.Error(), fmt.Sprintf("cut off: it has %d bytes", n)) {
				t.Errorf("%d bytes, %+v: %v", n, o, err)
			}
			if n > 8192 && !strings.Contains(err.Error(), fmt.Sprintf("at least %d", whole.Len())) {
				t.Errorf("it doesn't say how long it should be: %v", err)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, whole.Bytes()[:n]) {
				t.Errorf("the file was changed (%v)", err)
			}
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "news.db"), whole.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, dir).Close()
}

// A file that loses its end while it is open is an error of whoever reads it.
func TestCutOffWhileOpen(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir).(*boltstore.Store)
	stock(t, s, 300)
	defer s.Close()
	if err := os.Truncate(filepath.Join(dir, "news.db"), 2*8192); runtime.GOOS == "windows" {
		t.Skip("there a mapped file can't be cut off")
	} else if err != nil {
		t.Fatal(err)
	}
	for name, use := range map[string]func() error{
		"read":  func() error { _, err := s.Stories(t.Context(), feed.Query{Limit: 50}); return err },
		"write": func() error { return s.SetSetting(t.Context(), "k", []byte("v")) },
		"check": func() error { _, err := s.Check(t.Context()); return err },
	} {
		if err := use(); err == nil || !strings.Contains(err.Error(), "cut off") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
