package boltstore_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"tidings/internal/boltstore"
	"tidings/internal/feed"
	"tidings/internal/storetest"
)

func TestOpenMakesASmallPrivateFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "news.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.Subscribe(t.Context(), []feed.Wish{{URL: "https://a.example/"}}, time.Now()); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode())
	}
	if info.Size() > 200<<10 {
		t.Errorf("a fresh file has %d bytes", info.Size())
	}
	dir, err := os.Stat(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	if dir.Mode().Perm() != 0o700 {
		t.Errorf("directory's mode %v, want 0700", dir.Mode())
	}
}

func TestOpenRefusesAFileInUse(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	_, err := boltstore.Open(filepath.Join(dir, "news.db"), boltstore.Options{Timeout: time.Millisecond})
	if !errors.Is(err, feed.ErrLocked) {
		t.Errorf("open twice: %v, want ErrLocked", err)
	}
	var hint *feed.Hint
	if !errors.As(err, &hint) {
		t.Errorf("no hint in %v", err)
	}
	if _, _, err := boltstore.Compact(filepath.Join(dir, "news.db")); !errors.Is(err, feed.ErrLocked) {
		t.Errorf("compact an open file: %v, want ErrLocked", err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	open(t, dir).Close()
}

// What isn't a data file is refused with a hint, and left as it is.
func TestOpenLeavesForeignFilesAlone(t *testing.T) {
	dir := t.TempDir()
	foreign := filepath.Join(dir, "foreign")
	db, err := bolt.Open(foreign, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("theirs")); return err })
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	other, err := os.ReadFile(foreign)
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"text":           []byte("<opml version='2.0'/>"),
		"long text":      bytes.Repeat([]byte("not a data file\n"), 10000),
		"zeros":          make([]byte, 70000),
		"other program":  other,
		"a page of text": bytes.Repeat([]byte("x"), 4096),
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "news.db")
			if err := os.WriteFile(path, content, 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := boltstore.Open(path, boltstore.Options{})
			if err == nil {
				s.Close()
				t.Fatal("it was opened")
			}
			var hint *feed.Hint
			if !errors.As(err, &hint) || !strings.Contains(err.Error(), "not a data file") {
				t.Errorf("unhelpful: %v", err)
			}
			after, err := os.ReadFile(path)
			if err != nil || !bytes.Equal(after, content) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

func TestOpenToReadOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "news.db")
	if _, err := boltstore.Open(path, boltstore.Options{ReadOnly: true}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("open what isn't there: %v, want ErrNotExist", err)
	}
	s := open(t, dir)
	if err := s.SetSetting(t.Context(), "k", []byte("v")); err != nil {
		t.Fatal(err)
	}
	s.Close()
	r, err := boltstore.Open(path, boltstore.Options{ReadOnly: true})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	storetest.Clean(t, r)
	if v, err := r.Setting(t.Context(), "k"); err != nil || string(v) != "v" {
		t.Errorf("setting: %q, %v", v, err)
	}
	if err := r.SetSetting(t.Context(), "k", nil); err == nil {
		t.Error("a store that was opened to read was written to")
	}
}

// stock fills a store with one feed of n entries.
func stock(tb testing.TB, s *boltstore.Store, n int) {
	tb.Helper()
	p := newPress()
	as, err := s.Subscribe(tb.Context(), []feed.Wish{{URL: "https://outlet1.example/"}}, p.now)
	if err != nil {
		tb.Fatal(err)
	}
	if err := s.Commit(tb.Context(), p.harvests(s, as[0].Subscription.ID, 1, n)); err != nil {
		tb.Fatal(err)
	}
}

func TestBackupOpensAsADataFile(t *testing.T) {
	dir := t.TempDir()
	s, err := boltstore.Open(filepath.Join(dir, "news.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	stock(t, s, 300)
	var copied bytes.Buffer
	n, err := s.Backup(t.Context(), &copied)
	if err != nil || n != int64(copied.Len()) || n == 0 {
		t.Fatalf("backup: %d bytes of %d, %v", n, copied.Len(), err)
	}
	if err := s.SetSetting(t.Context(), "later", []byte("v")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "copy.db"), copied.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := boltstore.Open(filepath.Join(dir, "copy.db"), boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	storetest.Clean(t, c)
	if st, err := c.Stats(t.Context()); err != nil || st.Entries != 300 {
		t.Errorf("the copy has %d entries, %v", st.Entries, err)
	}
	if v, err := c.Setting(t.Context(), "later"); err != nil || v != nil {
		t.Errorf("the copy has what came later: %q, %v", v, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Backup(ctx, &copied); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled backup: %v, want Canceled", err)
	}
}

func TestCompactShrinksTheFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "news.db")
	s, err := boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	stock(t, s, 2000)
	if _, err := s.RemoveSubscription(t.Context(), 1, time.Now()); err != nil {
		t.Fatal(err)
	}
	stock(t, s, 100)
	next := s.NextEntry()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".compacting", []byte("left by a crash"), 0o600); err != nil {
		t.Fatal(err)
	}
	before, after, err := boltstore.Compact(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Size() != after || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v; want %d bytes, 0600", info, err, after)
	}
	if after > before/4 {
		t.Errorf("compacted from %d to %d bytes only", before, after)
	}
	s, err = boltstore.Open(path, boltstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	storetest.Clean(t, s)
	if st, err := s.Stats(t.Context()); err != nil || st.Entries != 100 {
		t.Errorf("%d entries, %v; want 100", st.Entries, err)
	}
	if n := s.NextEntry(); n < next {
		t.Errorf("entry number %d was given before", n)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, _, err := boltstore.Compact(filepath.Join(dir, "none.db")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("compact what isn't there: %v, want ErrNotExist", err)
	}
}

// Whoever waits for the lock while the file is replaced must not write to the old one.
func TestNothingIsLostToACompaction(t *testing.T) {
	path := filepath.Join(t.TempDir(), "news.db")
	o := boltstore.Options{Timeout: time.Minute}
	done := make(chan error)
	for i := range 4 {
		go func() {
			s, err := boltstore.Open(path, o)
			if err == nil {
				err = errors.Join(s.SetSetting(context.Background(), string(rune('a'+i)), []byte("v")), s.Close())
			}
			done <- err
		}()
		go func() {
			_, _, err := boltstore.Compact(path)
			if errors.Is(err, os.ErrNotExist) || errors.Is(err, feed.ErrLocked) {
				err = nil
			}
			done <- err
		}()
	}
	for range 8 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	s, err := boltstore.Open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if m, err := s.Settings(t.Context(), ""); err != nil || len(m) != 4 {
		t.Errorf("%d settings of 4 are left, %v", len(m), err)
	}
}
