package boltstore

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	bolt "go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"tidings/internal/feed"
)

// Sizes of the file, measured with 100,000 entries.
const (
	// pageSize is that of new files. Compressed bodies of one or two kilobytes
	// leave less of a large page unused; but a row at a random place of an index
	// costs the whole page in memory and on disk.
	pageSize = 8 << 10

	// mapAhead is how much address space is mapped from the start, so that a
	// growing file seldom has to wait until all readers have left. It costs no memory.
	mapAhead = 256 << 20

	leastGrowth = 64 << 10 // the file grows by a sixteenth, but at least and at most so much at once
	mostGrowth  = 16 << 20
)

// Options say how to open a data file.
type Options struct {
	Log      *slog.Logger  // nil: none
	ReadOnly bool          // the file must be there, and nothing is written to it
	Timeout  time.Duration // how long to wait for another process to let go of it; 0: 1 second
}

// Open opens the data file at path, which is made, with its directory, if it is
// not there. Errors wrap [feed.ErrLocked] if another process has it open, and
// [feed.ErrNewer] if a newer program wrote it; a file that is no data file is
// left as it is.
func Open(path string, o Options) (*Store, error) {
	return open(path, o, migrations())
}

func open(path string, o Options, ms []migration) (*Store, error) {
	s, err := openFile(path, o)
	if err != nil {
		return nil, err
	}
	if err := s.prepare(ms); err != nil {
		return nil, errors.Join(fmt.Errorf("open data file %s: %w", path, err), s.Close())
	}
	return s, nil
}

// openFile opens the file and makes sure that it has the one that path names:
// another process may have put a compacted one in its place while we waited.
func openFile(path string, o Options) (*Store, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if !o.ReadOnly {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, fmt.Errorf("make directory of data file: %w", err)
		}
	}
	c, err := newCodec()
	if err != nil {
		return nil, err
	}
	for {
		db, current, err := openBolt(path, o)
		if err != nil {
			c.close()
			return nil, explain(path, err)
		}
		if current {
			return &Store{db: db, path: path, log: o.Log, codec: c, readOnly: o.ReadOnly, leases: leases{}}, nil
		}
		if err := db.Close(); err != nil {
			c.close()
			return nil, fmt.Errorf("close replaced data file: %w", err)
		}
	}
}

// openBolt opens the file and reports whether path still names it.
func openBolt(path string, o Options) (db *bolt.DB, current bool, err error) {
	if o.Timeout <= 0 {
		o.Timeout = time.Second
	}
	ahead := mapAhead
	if runtime.GOOS == "windows" {
		ahead = 0 // there the file itself would become so large
	}
	var file *os.File
	db, err = bolt.Open(path, 0o600, &bolt.Options{
		Timeout:         o.Timeout,
		ReadOnly:        o.ReadOnly,
		PageSize:        pageSize,
		InitialMmapSize: ahead,
		FreelistType:    bolt.FreelistMapType,
		PreLoadFreelist: true, // checking a file needs it
		NoStatistics:    true,
		OpenFile: func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
			f, err = openMeasured(name, flag, mode)
			if file == nil {
				file = f
			}
			return f, err
		},
	})
	if err != nil {
		return nil, false, err
	}
	mine, err1 := file.Stat()
	named, err2 := os.Stat(path)
	return db, err1 == nil && err2 == nil && os.SameFile(mine, named), nil
}

// explain says what a failure to open means, and what to do. What the system
// didn't refuse, bbolt did: it has no one error for a file that it can't read.
func explain(path string, err error) error {
	var system syscall.Errno
	switch {
	case errors.Is(err, errCutOff):
		return feed.WithHint(fmt.Errorf("open data file %s: %w", path, err),
			"it was left as it is: go back to a backup, or choose another file with --data")
	case errors.Is(err, bolterrors.ErrTimeout):
		return feed.WithHint(fmt.Errorf("open data file %s: %w", path, feed.ErrLocked),
			"another tidings has it open: use that one, stop it, or choose another file with --data")
	case !errors.As(err, &system):
		return feed.WithHint(fmt.Errorf("open data file %s: not a data file of tidings, or badly damaged: %w", path, err),
			"it was left as it is: choose another file with --data, or put a backup in its place")
	case errors.Is(err, fs.ErrNotExist):
		return feed.WithHint(fmt.Errorf("open data file: %w", err), "check the path given with --data")
	}
	return fmt.Errorf("open data file: %w", err)
}

// allot lets the file grow in steps that fit its size: a new one stays small,
// and a large one isn't extended with every commit.
func (s *Store) allot() {
	info, err := os.Stat(s.path)
	if err != nil {
		return
	}
	s.db.AllocSize = int(min(max(info.Size()/16, leastGrowth), mostGrowth))
}
