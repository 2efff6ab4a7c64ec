// SPDX-License-Identifier: Apache-2.0

// A ledger in the eyes of golang.org/x/mod (sumdb/note, sumdb/tlog), which knows nothing of us: it
// opens the checkpoint by the public key, makes its own proofs from the tiles, and checks ours,
// which come on standard input: "inclusion INDEX HASH..." and "consistency SIZE ROOT HASH...".
// usage: agree_ledger FOLDER PUBLIC
package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func must(err error, what string) {
	if err != nil {
		fmt.Println("REFUSED:", what+":", err)
		os.Exit(1)
	}
}

type tiles struct{ folder string }

func (tiles) Height() int                         { return 8 }
func (tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, tile := range wanted {
		// tlog-tiles leaves out the height.
		path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		octets, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		found = append(found, octets)
	}
	return found, nil
}

func checkpoint(folder, public string) tlog.Tree {
	verifier, err := note.NewVerifier(public)
	must(err, "the public key")
	octets, err := os.ReadFile(filepath.Join(folder, "checkpoint"))
	must(err, "the checkpoint")
	opened, err := note.Open(octets, note.VerifierList(verifier))
	must(err, "the checkpoint's signature")
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "the size")
	root, err := tlog.ParseHash(lines[2])
	must(err, "the root")
	return tlog.Tree{N: size, Hash: root}
}

func entries(folder string, size int64) [][]byte {
	var found [][]byte
	for start := int64(0); start < size; start += 256 {
		tile := tlog.Tile{H: 8, L: 0, N: start / 256, W: int(min(256, size-start))}
		path := strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
		octets, err := os.ReadFile(filepath.Join(folder, path))
		must(err, "a bundle")
		for len(octets) > 0 {
			length := binary.BigEndian.Uint16(octets)
			found = append(found, octets[2:2+length])
			octets = octets[2+length:]
		}
	}
	return found
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}

func hashes(words []string) []tlog.Hash {
	var found []tlog.Hash
	for _, word := range words {
		octets, err := hex.DecodeString(word)
		if err != nil || len(octets) != tlog.HashSize {
			must(errors.New(word), "a hash")
		}
		found = append(found, tlog.Hash(*(*[tlog.HashSize]byte)(octets)))
	}
	return found
}

// A proof must hold, and must not hold of anything else.
func refuses(err error, what string) {
	if err == nil {
		must(errors.New("what is wrong was believed"), what)
	}
}

func theirs(tree tlog.Tree, reader tlog.HashReader, found [][]byte) {
	step := tree.N/500 + 1
	inclusions, consistencies := 0, 0
	for i := int64(0); i < tree.N; i += step {
		leaf := tlog.RecordHash(found[i])
		proof, err := tlog.ProveRecord(tree.N, i, reader)
		must(err, "to prove an entry")
		must(tlog.CheckRecord(proof, tree.N, tree.Hash, i, leaf), "an entry")
		leaf[0] ^= 1
		refuses(tlog.CheckRecord(proof, tree.N, tree.Hash, i, leaf), "another entry")
		inclusions++
		old, err := tlog.TreeHash(i+1, reader)
		must(err, "an earlier root")
		more, err := tlog.ProveTree(tree.N, i+1, reader)
		must(err, "to prove an earlier tree")
		must(tlog.CheckTree(more, tree.N, tree.Hash, i+1, old), "an earlier tree")
		consistencies++
	}
	fmt.Printf("theirs: %d proofs of inclusion, %d of consistency\n", inclusions, consistencies)
}

func ours(tree tlog.Tree, found [][]byte) {
	inclusions, consistencies := 0, 0
	scanner := bufio.NewScanner(os.Stdin)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		words := strings.Fields(scanner.Text())
		number, err := strconv.ParseInt(words[1], 10, 64)
		must(err, "a number")
		if words[0] == "inclusion" {
			leaf := tlog.RecordHash(found[number])
			must(tlog.CheckRecord(hashes(words[2:]), tree.N, tree.Hash, number, leaf), "our proof")
			inclusions++
			continue
		}
		all := hashes(words[2:])
		must(tlog.CheckTree(all[1:], tree.N, tree.Hash, number, all[0]), "our proof of a tree")
		consistencies++
	}
	fmt.Printf("ours: %d proofs of inclusion, %d of consistency\n", inclusions, consistencies)
}

func main() {
	folder, public := os.Args[1], os.Args[2]
	tree := checkpoint(folder, public)
	reader := tlog.TileHashReader(tree, tiles{folder})
	found := entries(folder, tree.N)
	root, err := tlog.TreeHash(tree.N, reader)
	must(err, "the tiles")
	if int64(len(found)) != tree.N || !bytes.Equal(root[:], tree.Hash[:]) {
		must(errors.New("not the same"), "entries and root")
	}
	theirs(tree, reader, found)
	ours(tree, found)
}
