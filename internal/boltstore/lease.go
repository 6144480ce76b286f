package boltstore

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"time"

	"tidings/internal/feed"
)

type leaseRecord struct {
	Feed     uint64        `cbor:"1,keyasint"`
	Hub      string        `cbor:"2,keyasint"`
	Topic    string        `cbor:"3,keyasint"`
	Callback string        `cbor:"4,keyasint"`
	Secret   string        `cbor:"5,keyasint,omitempty"`
	Lease    time.Duration `cbor:"6,keyasint,omitempty"` // nanoseconds
	Until    int64         `cbor:"7,keyasint,omitempty"` // Unix milliseconds, like all its times
	Asked    int64         `cbor:"8,keyasint,omitempty"`
	Next     int64         `cbor:"9,keyasint,omitempty"`
	Ending   bool          `cbor:"10,keyasint,omitempty"`
	Failures int           `cbor:"11,keyasint,omitempty"`
	Missed   int           `cbor:"12,keyasint,omitempty"`
	Origin   string        `cbor:"13,keyasint,omitempty"`
	Cloud    string        `cbor:"14,keyasint,omitempty"`
}

func recordLease(l feed.PushLease) leaseRecord {
	return leaseRecord{
		Feed: l.Feed, Hub: l.Hub, Topic: l.Topic, Callback: l.Callback, Secret: l.Secret, Lease: l.Lease,
		Until: millis(l.Until), Asked: millis(l.Asked), Next: millis(l.Next), Ending: l.Ending, Failures: l.Failures, Missed: l.Missed, Origin: l.Origin, Cloud: l.Cloud,
	}
}

func (r *leaseRecord) lease() feed.PushLease {
	return feed.PushLease{
		Feed: r.Feed, Hub: r.Hub, Topic: r.Topic, Callback: r.Callback, Secret: r.Secret, Lease: r.Lease,
		Until: fromMillis(r.Until), Asked: fromMillis(r.Asked), Next: fromMillis(r.Next), Ending: r.Ending, Failures: r.Failures, Missed: r.Missed, Origin: r.Origin, Cloud: r.Cloud,
	}
}

// Leases lists what hubs have promised, or have been asked for, in order of their
// callbacks.
func (s *Store) Leases(ctx context.Context) (all []feed.PushLease, err error) {
	err = s.view(ctx, func(t *txn) error {
		return t.each(tLease, nil, func(k, v []byte) error {
			var r leaseRecord
			if err := t.codec.read(v, &r); err != nil {
				return damaged(tLease, k, err)
			}
			all = append(all, r.lease())
			return nil
		})
	})
	return all, err
}

// PutLeases keeps leases, each in the place of the one with the same callback.
func (s *Store) PutLeases(ctx context.Context, ls ...feed.PushLease) error {
	err := s.update(ctx, func(w *work) error {
		for _, l := range ls {
			w.putRecord(tLease, name(l.Callback), recordLease(l))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("keep what hubs promised: %w", err)
	}
	return nil
}

// DropLeases forgets the leases with these callbacks. It is no error if there are none.
func (s *Store) DropLeases(ctx context.Context, callbacks ...string) error {
	err := s.update(ctx, func(w *work) error {
		for _, c := range callbacks {
			if w.b(tLease).Get(name(c)) != nil {
				w.del(tLease, name(c))
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("forget what hubs promised: %w", err)
	}
	return nil
}

// hubRecord is the part of a stateRecord that Hubs wants.
type hubRecord struct {
	Hub   string   `cbor:"7,keyasint,omitempty"`
	Self  string   `cbor:"8,keyasint,omitempty"`
	Gone  bool     `cbor:"29,keyasint,omitempty"`
	Hubs  []string `cbor:"61,keyasint,omitempty"`
	Cloud string   `cbor:"62,keyasint,omitempty"`
}

// Hubs lists the feeds that are polled and that name hubs, or an rssCloud and no hub, in
// order of their numbers.
func (s *Store) Hubs(ctx context.Context) (all []feed.Hubbed, err error) {
	err = s.view(ctx, func(t *txn) error {
		return t.each(tState, nil, func(k, v []byte) error {
			var r hubRecord
			var id uint64
			if err := t.codec.read(v, &r); err != nil || !split(k, &id) {
				return damaged(tState, k, cmp.Or(err, errDamaged))
			}
			if r.Gone || r.Hub == "" && r.Cloud == "" {
				return nil
			}
			sub, ok, err := t.subscription(id)
			if err != nil || !ok || sub.Paused || !sub.Removed.IsZero() {
				return err
			}
			if len(r.Hubs) == 0 {
				r.Hubs = []string{cmp.Or(r.Hub, r.Cloud)}
			}
			all = append(all, feed.Hubbed{Feed: id, URL: sub.URL, Topic: cmp.Or(r.Self, sub.URL), Hubs: r.Hubs, Cloud: r.Hub == ""})
			return nil
		})
	})
	return all, err
}

func (c *checker) lease(k, v []byte) {
	var r leaseRecord
	switch err := c.codec.read(v, &r); {
	case err != nil:
		c.problem("lease", "the row %x can't be read: %v", k, err)
	case !bytes.Equal(k, name(r.Callback)):
		c.problem("lease", "the row %x is that of another callback", k)
	case r.Hub == "" || r.Topic == "":
		c.problem("lease", "what is pushed to feed %d, and by whom, isn't said", r.Feed)
	}
}
