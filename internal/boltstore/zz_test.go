package boltstore

import (
	"fmt"
	"os"
	"testing"

	bolt "go.etcd.io/bbolt"
)

func TestZZ(t *testing.T) {
	p := os.Getenv("ZZ")
	if p == "" {
		t.Skip()
	}
	db, err := bolt.Open(p, 0600, nil)
	if err != nil {
		t.Fatal(err)
	}
	db.View(func(tx *bolt.Tx) error {
		n := tx.Bucket([]byte("entry")).Stats().KeyN
		tot := 0
		for tb := range tables {
			st := tx.Bucket([]byte(tb.String())).Stats()
			tot += st.BranchAlloc + st.LeafAlloc
			fmt.Printf("%-14s keys %7d alloc/entry %6.1f inuse/entry %6.1f\n", tb, st.KeyN, float64(st.BranchAlloc+st.LeafAlloc)/float64(n), float64(st.BranchInuse+st.LeafInuse)/float64(n))
		}
		fmt.Println("total", tot/n, "file", tx.Size()/int64(n), "free pages", db.Info().PageSize)
		return nil
	})
	db.Close()
}
