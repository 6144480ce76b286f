package main

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// beside writes beside the target and moves what is whole into its place. A file that
// is there keeps its mode; a new one is for its owner alone, for addresses of feeds may
// have passwords in them. What is no file, a pipe or a device, is written to as it is.
func beside(target string, write func(io.Writer) (int64, error)) (int64, error) {
	mode := os.FileMode(0o600)
	if real, err := filepath.EvalSymlinks(target); err == nil {
		target = real
	}
	if info, err := os.Stat(target); err == nil {
		if mode = info.Mode().Perm(); !info.Mode().IsRegular() {
			return into(target, write)
		}
	}
	tmp, err := os.CreateTemp(filepath.Dir(target), ".tidings-*")
	if err != nil {
		return 0, err
	}
	defer os.Remove(tmp.Name())
	n, err := write(tmp)
	if err == nil {
		err = errors.Join(tmp.Chmod(mode), tmp.Sync())
	}
	if err = errors.Join(err, tmp.Close()); err != nil {
		return 0, err
	}
	return n, os.Rename(tmp.Name(), target)
}

// into writes to what is there.
func into(target string, write func(io.Writer) (int64, error)) (int64, error) {
	f, err := os.OpenFile(target, os.O_WRONLY, 0)
	if err != nil {
		return 0, err
	}
	n, err := write(f)
	return n, errors.Join(err, f.Close())
}
