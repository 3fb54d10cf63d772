#!/bin/bash
# Last, and only when everything before it worked.
over "done"
tell "done"
