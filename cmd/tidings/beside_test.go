package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func saying(s string) func(io.Writer) (int64, error) {
	return func(w io.Writer) (int64, error) {
		n, err := io.WriteString(w, s)
		return int64(n), err
	}
}

func TestAFileIsReplacedOnlyByAWholeOne(t *testing.T) {
	dir := t.TempDir()
	name, link := filepath.Join(dir, "feeds.opml"), filepath.Join(dir, "link")
	look := func(want string, mode os.FileMode) {
		t.Helper()
		b, err := os.ReadFile(name)
		info, err2 := os.Lstat(name)
		if err := errors.Join(err, err2); err != nil {
			t.Fatal(err)
		}
		if string(b) != want || info.Mode() != mode {
			t.Errorf("%q %v, want %q %v", b, info.Mode(), want, mode)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".tidings-*")); len(left) > 0 {
			t.Errorf("%q are left", left)
		}
	}
	if n, err := beside(name, saying("one")); err != nil || n != 3 {
		t.Fatal(n, err)
	}
	look("one", 0o600)
	if err := errors.Join(os.Chmod(name, 0o644), os.Symlink(name, link)); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("it broke off")
	_, err := beside(name, func(w io.Writer) (int64, error) { n, _ := saying("half")(w); return n, broken })
	if !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	look("one", 0o644)
	if _, err := beside(link, saying("two")); err != nil {
		t.Fatal(err)
	}
	look("two", 0o644)
}

func TestAPipeIsWrittenTo(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	read := make(chan string, 1)
	go func() {
		b, _ := os.ReadFile(pipe)
		read <- string(b)
	}()
	if _, err := beside(pipe, saying("one")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Lstat(pipe)
	if err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Fatalf("it is a pipe no more: %v %v", info.Mode(), err)
	}
	if got := <-read; got != "one" {
		t.Errorf("%q went through", got)
	}
}
