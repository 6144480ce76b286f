package boltstore

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	bolt "go.etcd.io/bbolt"

	"tidings/internal/feed"
)

// migration lifts a data file by one schema, in a transaction of its own. It may
// use only what will always mean the same: bbolt itself, and records of its own.
type migration func(*bolt.Tx) error

// migrations lists, at index i, how a file of schema i+1 becomes one of schema
// i+2. Entries are only ever appended, each with a small file of the schema
// before it in testdata.
func migrations() []migration {
	return []migration{addDecisions, addSubscribers, addLists, addLeases, addEarlier, addTallies}
}

// addDecisions makes room for events and for the reader's decisions. Each story
// of schema 1 is an event of its own, which needs no row.
func addDecisions(tx *bolt.Tx) error {
	for _, b := range []string{"decision", "dissolved", "event"} {
		if _, err := tx.CreateBucketIfNotExists([]byte(b)); err != nil {
			return fmt.Errorf("create %s: %w", b, err)
		}
	}
	return nil
}

// addSubscribers makes room for those who have our feeds pushed to them.
func addSubscribers(tx *bolt.Tx) error {
	if _, err := tx.CreateBucketIfNotExists([]byte("subscriber")); err != nil {
		return fmt.Errorf("create subscriber: %w", err)
	}
	return nil
}

// addLists makes room for the lists of feeds that the reader follows.
func addLists(tx *bolt.Tx) error {
	if _, err := tx.CreateBucketIfNotExists([]byte("list")); err != nil {
		return fmt.Errorf("create list: %w", err)
	}
	return nil
}

// addLeases makes room for what hubs have promised to push to us.
func addLeases(tx *bolt.Tx) error {
	if _, err := tx.CreateBucketIfNotExists([]byte("lease")); err != nil {
		return fmt.Errorf("create lease: %w", err)
	}
	return nil
}

// addEarlier makes room for entries as they were before their last revision.
func addEarlier(tx *bolt.Tx) error {
	if _, err := tx.CreateBucketIfNotExists([]byte("earlier")); err != nil {
		return fmt.Errorf("create earlier: %w", err)
	}
	return nil
}

// addTallies makes room for icons, for full texts, for what may come back after
// unsubscribing, and for statistics, which are counted from the facts when the file is
// opened.
func addTallies(tx *bolt.Tx) error {
	for _, b := range []string{"icon", "fulltext", "bygone", "removed", "tally"} {
		if _, err := tx.CreateBucketIfNotExists([]byte(b)); err != nil {
			return fmt.Errorf("create %s: %w", b, err)
		}
	}
	return tx.Bucket([]byte("meta")).Put([]byte("recount"), []byte{1})
}

// errForeign means that bbolt can read the file, but tidings didn't write it.
var errForeign = errors.New("not a data file of tidings")

// prepare makes a new file ready, lifts an old one, and reads the high-water marks.
func (s *Store) prepare(ms []migration) error {
	want := uint64(len(ms) + 1)
	have, err := s.schema()
	switch {
	case err != nil:
		return err
	case have > want:
		return feed.WithHint(fmt.Errorf("%w: it has schema %d, this program knows up to %d", feed.ErrNewer, have, want),
			"use the newer program, or a backup from before its first start")
	case have == 0 && s.readOnly:
		return feed.WithHint(errors.New("the file is empty"), "start tidings once to make it a data file")
	case have < want && s.readOnly:
		return feed.WithHint(fmt.Errorf("the file has the older schema %d", have), "start tidings once to bring it up to date")
	case have == 0:
		err = s.create(want)
	case have < want:
		err = s.migrate(have, ms)
	}
	if err != nil {
		return err
	}
	if err := s.resume(); err != nil {
		return err
	}
	return s.recount()
}

// schema is the number in the file; 0 for a file without anything in it.
func (s *Store) schema() (n uint64, err error) {
	err = s.read(func(tx *bolt.Tx) error {
		meta := tx.Bucket([]byte(tMeta.String()))
		if meta == nil {
			if k, _ := tx.Cursor().First(); k != nil {
				return feed.WithHint(errForeign, "choose another file with --data")
			}
			return nil
		}
		v := meta.Get([]byte(keySchema))
		if len(v) != 8 {
			return feed.WithHint(errForeign, "choose another file with --data")
		}
		n = binary.BigEndian.Uint64(v)
		return nil
	})
	return n, err
}

func (s *Store) create(schema uint64) error {
	s.allot()
	return s.db.Update(func(tx *bolt.Tx) error {
		for tb := range tables {
			if _, err := tx.CreateBucket([]byte(tb.String())); err != nil {
				return fmt.Errorf("create %s: %w", tb, err)
			}
		}
		return putSchema(tx, schema)
	})
}

func putSchema(tx *bolt.Tx, n uint64) error {
	return tx.Bucket([]byte(tMeta.String())).Put([]byte(keySchema), number(n))
}

// migrate copies the file, then lifts it from schema to schema.
func (s *Store) migrate(have uint64, ms []migration) error {
	copied := fmt.Sprintf("%s.schema-%d", s.path, have)
	if err := s.copyTo(copied); err != nil {
		return fmt.Errorf("copy data file before its upgrade: %w", err)
	}
	s.log.Info("upgrade data file", "from", have, "to", len(ms)+1, "copy", copied)
	s.allot()
	for i, m := range ms[have-1:] {
		next := have + uint64(i) + 1
		err := s.db.Update(func(tx *bolt.Tx) error {
			if err := m(tx); err != nil {
				return err
			}
			return putSchema(tx, next)
		})
		if err != nil {
			return feed.WithHint(fmt.Errorf("upgrade to schema %d: %w", next, err), "the file as it was is "+copied)
		}
	}
	return nil
}

// copyTo writes a copy that is whole and safe on disk when copyTo returns. Where that
// fails nothing stays that could be taken for one.
func (s *Store) copyTo(path string) error {
	part := path + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = s.writeTo(f)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(part))
	}
	return syncDir(filepath.Dir(path))
}

func (s *Store) writeTo(w io.Writer) (n int64, err error) {
	err = s.read(func(tx *bolt.Tx) error {
		n, err = tx.WriteTo(w)
		return err
	})
	return n, err
}

// resume reads what the store keeps in memory: the last numbers given, and the version.
func (s *Store) resume() error {
	return s.read(func(tx *bolt.Tx) error {
		for tb := range tables {
			if tx.Bucket([]byte(tb.String())) == nil {
				return feed.WithHint(fmt.Errorf("find table %s: %w", tb, errDamaged), "go back to a backup")
			}
		}
		t := &txn{tx: tx, codec: s.codec}
		s.entries.Store(t.b(tEntry).Sequence())
		s.stories.Store(t.b(tStory).Sequence())
		s.version.Store(t.storedVersion())
		return nil
	})
}
