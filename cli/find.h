/* cli/find.h - where models and engines lie. */
#ifndef FIND_H
#define FIND_H

#include "cli.h"

/* The folder of models that are called by name: $XYBRID_MODELS, else models/ beside the program, else xybrid/models in the
 * user's data folder. Never NULL; it need not exist. */
const char *find_models_folder(cli *c);

/* The absolute folder of engines' libraries: `given` (NULL = not given), else $XYBRID_ENGINES, else engines/ beside the
 * program, else the one that is installed with it. Need not exist; NULL if it cannot be known. */
const char *find_engines_folder(cli *c, const char *given);

/* What xybrid_model_load is to get for what was typed: the path if there is one, else the model of that name in the models
 * folder, else `typed` itself. */
const char *find_model(cli *c, const char *typed);

/* Names of the models in the folder (those with a model_metadata.json), sorted. */
const char **find_model_names(cli *c, const char *folder, size_t *count);

/* Lines under a "model not found": the nearest name, or which ones there are. */
void find_hint_models(cli *c, const char *typed);

/* "folder/name" */
const char *find_join(cli *c, const char *folder, const char *name);

/* The last part of a path. */
const char *find_base_name(const char *path);

/* What lies before it; "." if nothing does. */
const char *find_folder_of(cli *c, const char *path);

#endif
