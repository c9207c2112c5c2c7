"""Small databases of made-up places for MaxMindDatabaseTests, and what MaxMind's reader says of them.

Run: python Tests/RiskFeaturesTests/Fixtures/addresses.py   (mmdb-writer 0.2.7, maxminddb 3.2.0)
Writes places-1.mmdb, places-2.mmdb (a month later, one network moved), owners.mmdb (IPv4 only), each
with records of another size, and addresses.json beside itself. Networks are those for documentation.
"""
import decimal, ipaddress, json, pathlib, random, struct
import maxminddb
from mmdb_writer import MMDBWriter, MmdbF32, MmdbI32, MmdbU128, MmdbU16, MmdbU32, MmdbU64
from netaddr import IPSet

here = pathlib.Path(__file__).parent


def place(country, continent, city, **more):
    return {"country": {"iso_code": country, "names": {"en": country.lower()}},
            "continent": {"code": continent}, "city": {"names": {"de": city + "stadt", "en": city}},
            "subdivisions": [{"iso_code": country + "-1"}, {"iso_code": country + "-2"}], **more}


def places(moved):
    kinds = {"extra": {
        "half": 0.5, "third": 1 / 3, "single": MmdbF32(0.25), "below": MmdbI32(-70000), "u16": MmdbU16(7),
        "zero": MmdbU32(0), "u64": MmdbU64(2**64 - 1), "u128": MmdbU128(2**127 + 5), "yes": True,
        "no": False, "empty": "", "long": "x" * 300, "中文": "北京", "none": {},
        "list": [1, [2, 3], {"four": 4}], "inf": float("inf")}, "traits": {"user_type": "hosting"}}
    writer = MMDBWriter(ip_version=6, ipv4_compatible=True, database_type="Test-Places",
                        languages=["en", "de"], description="Places that are none")
    writer.insert_network(IPSet(["192.0.2.0/24"]), place("CN", "AS", "Beijing"))
    writer.insert_network(IPSet(["198.51.100.0/24"]), place("FR", "EU", "Paris"))
    writer.insert_network(
        IPSet(["198.51.100.64/26"]), place("DE" if moved else "FR", "EU", "Bonn" if moved else "Lyon"))
    writer.insert_network(IPSet(["203.0.113.7/32"]), place("US", "NA", "Boston", **kinds))
    writer.insert_network(IPSet(["2001:db8::/33"]), place("JP", "AS", "Tokyo"))
    writer.insert_network(IPSet(["2001:db8:ffff::1/128"]), place("KR", "AS", "서울"))
    return writer


def owners():
    writer = MMDBWriter(ip_version=4, database_type="Test-Owners", int_type="u32")
    for index in range(64):
        writer.insert_network(
            IPSet([f"198.51.100.{index * 4}/30"]),
            {"autonomous_system_number": 64496 + index // 4,
             "autonomous_system_organization": f"Owner {index // 4}"})
    writer.insert_network(IPSet(["192.0.2.0/25"]), {"autonomous_system_number": 65551})
    return writer


def repack(content, bits):
    """The same tree with records of another size."""
    marker = content.rindex(b"\xab\xcd\xefMaxMind.com")
    meta = content[marker:]
    at = meta.index(b"record_size") + len(b"record_size")
    length = meta[at] & 31
    old = int.from_bytes(meta[at + 1:at + 1 + length], "big")
    at_nodes = meta.index(b"node_count") + len(b"node_count")
    nodes = int.from_bytes(meta[at_nodes + 1:at_nodes + 1 + (meta[at_nodes] & 31)], "big")
    assert old == 24
    tree = b""
    for node in range(nodes):
        left = int.from_bytes(content[node * 6:node * 6 + 3], "big")
        right = int.from_bytes(content[node * 6 + 3:node * 6 + 6], "big")
        if bits == 24:
            tree += content[node * 6:node * 6 + 6]
        elif bits == 28:
            tree += (left & 0xFFFFFF).to_bytes(3, "big")
            tree += bytes([left >> 24 << 4 | right >> 24]) + (right & 0xFFFFFF).to_bytes(3, "big")
        else:
            tree += struct.pack(">II", left, right)
    meta = meta[:at] + bytes([meta[at] & 0xE0 | 1, bits]) + meta[at + 1 + length:]
    return tree + content[nodes * 6:marker] + meta


def text(value):
    """As MaxMindDatabase writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, str)):
        return str(value) if len(str(value)) <= 4096 else "damaged"
    if isinstance(value, float):
        return repr(value) if abs(value) < float("inf") else None
    return None


def at(record, path):
    for step in path:
        if isinstance(record, dict):
            record = record.get(step)
        elif isinstance(record, list):
            record = record[int(step)] if step.isdigit() and int(step) < len(record) else None
        else:
            return None
    return text(record)


random.seed(7)
paths = [["country", "iso_code"], ["continent", "code"], ["city", "names", "en"], ["city", "names", "de"],
         ["subdivisions", "1", "iso_code"], ["subdivisions", "2", "iso_code"], ["traits", "user_type"],
         ["country"], ["country", "iso_code", "x"], ["nothing"], ["autonomous_system_number"],
         ["autonomous_system_organization"]]
extras = [["extra", name] for name in
          "half third single below u16 zero u64 u128 yes no empty long 中文 none list inf".split()]
extras += [["extra", "list", "0"], ["extra", "list", "1", "1"], ["extra", "list", "2", "four"]]
cases = []
for name, writer, bits in [("places-1", places(False), 24), ("places-2", places(True), 28),
                           ("owners", owners(), 32)]:
    file = here / f"{name}.mmdb"
    writer.to_db_file(str(file))
    file.write_bytes(repack(file.read_bytes(), bits))
    with maxminddb.open_database(str(file), maxminddb.MODE_MEMORY) as reader:
        assert reader.metadata().record_size == bits
        addresses = ["0.0.0.0", "255.255.255.255", "::", "::1", "2001:db8::7", "2001:db8:7fff::1",
                     "2001:db8:8000::", "2001:db8:ffff::1", "2001:db8:ffff::2", "203.0.113.7",
                     "203.0.113.6", "192.0.1.255", "192.0.2.0", "192.0.2.127", "192.0.2.128",
                     "198.51.100.63", "198.51.100.64", "198.51.100.127", "198.51.100.128"]
        addresses += [f"198.51.100.{random.randrange(256)}" for _ in range(20)]
        for address in addresses:
            if name == "owners" and ":" in address:
                record = None
            else:
                record = reader.get(address)
            wanted = paths + (extras if address == "203.0.113.7" and name != "owners" else [])
            cases.append({"file": name, "address": address,
                          "values": [[path, at(record, path)] for path in wanted]})
(here / "addresses.json").write_text(json.dumps(cases, ensure_ascii=False) + "\n")
