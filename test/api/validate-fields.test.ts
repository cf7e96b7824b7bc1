import {brokenFields} from './broken-fields.ts';
import {testBreaks} from './manifests.ts';

testBreaks(brokenFields);
