export const USAGE = `Usage: npm run data -- <verb> [options]

  backup         --tables <requests>,<results>
                 make an on-demand backup of both tables and wait until they can be restored
  backups        --tables <requests>,<results>
                 list the on-demand backups of both tables
  restore        --backup <ARN> --to <new table>
  restore        --table <name> --at <time, such as 2026-11-22T02:36:00Z> --to <new table>
                 make a new table from a backup, or as a table was at a time of the last 35 days
  export         --tables <requests>,<results> --to <folder> [--max-read-units <n>]
                 write all records into files; the folder has to be new or empty
  import         --from <folder> --tables <requests>,<results>
                 add the records of an export; nothing that is there is ever changed
  verify-export  --from <folder>
                 check that an export is complete, unchanged and readable
  policy         --verb export|import|backup|restore --account <id> --tables <requests>,<results>
                 [--to <new table>,...]  for restore
                 print the IAM policy with exactly what that verb needs

  --region <code>         region of the tables, default AWS_REGION, else AWS_DEFAULT_REGION
  --json                  print the outcome as JSON
  --timeout-minutes <n>   give up after so long, default 30 (backup, backups), 480 (restore), 1440 (export, import)
  --max-read-units <n>    read units a second that an export may use, default 1000: about 4 MB

Credentials are those of the AWS SDK: environment, profile, role. AWS_ENDPOINT_URL_DYNAMODB and AWS_ENDPOINT_URL are honoured.
Exit status: 0 done; 1 not done, or records in conflict; 2 wrong usage.
`;
