package boltstore

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"

	bolt "go.etcd.io/bbolt"
)

// Backup writes the whole data file as it is now to w, and tells how many bytes
// that were. Others may read and write meanwhile. What it wrote opens as a data file.
func (s *Store) Backup(ctx context.Context, w io.Writer) (int64, error) {
	n, err := s.writeTo(&interruptible{ctx, w})
	if err != nil {
		return n, fmt.Errorf("back up data file: %w", cmp.Or(ctx.Err(), err)) // bbolt doesn't wrap what the writer says
	}
	return n, nil
}

// interruptible is a writer that ends with its context.
type interruptible struct {
	ctx context.Context
	w   io.Writer
}

func (i *interruptible) Write(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.w.Write(p)
}

// compactAtOnce is about how many bytes Compact writes in one transaction.
const compactAtOnce = 8 << 20

// Compact rewrites the data file at path without its free pages, and gives its
// sizes in bytes. No other process may have it open, else the error wraps
// feed.ErrLocked. The old file stays until the new one is safe on disk.
func Compact(path string) (before, after int64, err error) {
	if _, err := os.Stat(path); err != nil {
		return 0, 0, explain(path, err)
	}
	s, err := Open(path, Options{}) // that locks the file until it has been replaced
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	if before, err = size(path); err != nil {
		return 0, 0, fmt.Errorf("compact data file: %w", err)
	}
	fresh := path + ".compacting"
	if err := s.compactTo(fresh); err != nil {
		return before, before, errors.Join(fmt.Errorf("compact data file: %w", err), os.Remove(fresh))
	}
	if err := os.Rename(fresh, path); err != nil {
		return before, before, errors.Join(fmt.Errorf("compact data file: %w", err), os.Remove(fresh))
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return before, before, fmt.Errorf("compact data file: %w", err)
	}
	after, err = size(path)
	return before, after, err
}

// compactTo writes the tables to a new file that is safe on disk when it returns.
func (s *Store) compactTo(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	db, err := bolt.Open(path, 0o600, &bolt.Options{PageSize: pageSize, FreelistType: bolt.FreelistMapType, NoStatistics: true})
	if err != nil {
		return err
	}
	db.AllocSize = leastGrowth
	return errors.Join(bolt.Compact(db, s.db, compactAtOnce), db.Sync(), db.Close())
}

func size(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

// syncDir makes a rename survive a power cut. Windows has no such thing for folders.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
