#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The stage for browser.mjs: a hub with its page; and, once the first administrator was made in
the browser (a line on standard input), people without passkeys and a sensor that has reported.
Ends with its input.  usage: stage.py SEKISHO PAGE"""

import json
import sys

import story
from hub import Person

PEOPLE = {"aiko": "exercise-operator", "emi": "exercise-operator", "kei": "exercise-controller",
          "mio": "exercise-controller", "ren": "exercise-controller", "jun": "exercise-controller"}  # fmt: skip


def tell(**words):
    print(json.dumps(words), flush=True)


def main():
    stage = story.Story("--web", sys.argv[2])
    try:
        stage.hub.start()
        tell(origin=stage.hub.origin, link=stage.hub.link)
        if not sys.stdin.readline():
            return 1
        stage.admin = Person(stage.hub).sign_in("admin")
        made = stage.admin.post("/organisations", {"name": {"en": "Carrier of cable 7", "ja": "第七ケーブルの事業者"},
                                                   "kind": "carrier"})  # fmt: skip
        stage.carrier = story.good(made, 201)["id"]
        people = {name: stage.hub.person(stage.admin, name, [(role, None)]) for name, role in PEOPLE.items()}
        stage.aiko = people["aiko"]
        story.the_sensor_is_known_by_its_certificate(stage)
        story.the_sensor_sees_a_botnet_in_simulated_traffic(stage)
        story.what_it_kept_and_found_stands_at_the_hub(stage)
        tell(finding=stage.finding["id"], server=stage.server, rule=story.selector("heron", 'server in list "night-heron"'))
        sys.stdin.read()
        return 0
    finally:
        stage.end()


sys.exit(main())
