throw new RangeError('as it happens');
