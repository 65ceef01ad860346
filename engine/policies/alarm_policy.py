"""Legal steps and anger go to a person at once, whatever else a sentence means."""

from __future__ import annotations

from typing import Any, Dict, List, Optional  # noqa: UP035

from rasa.core.constants import POLICY_PRIORITY
from rasa.core.featurizers.tracker_featurizers import TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.generator import TrackerWithCachedStates
from rasa.shared.core.trackers import DialogueStateTracker

from engine.alarm import find_alarm

ESCALATE = "action_escalate"


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class AlarmPolicy(Policy):
    """Predicts `action_escalate` for a message with words of `data/<language>/alarm.yml`, above the
    rules, and then to listen; says nothing about any other."""

    @staticmethod
    def get_default_config() -> Dict[str, Any]:  # noqa: UP006
        return {POLICY_PRIORITY: 7, "language": "en"}  # RulePolicy's is 6

    def __init__(
        self,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: Optional[TrackerFeaturizer] = None,  # noqa: UP045
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context, featurizer)
        self._language = str(config["language"])

    @classmethod
    def load(
        cls,
        config: Dict[str, Any],  # noqa: UP006
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> AlarmPolicy:
        return cls(config, model_storage, resource, execution_context)

    def train(
        self,
        training_trackers: List[TrackerWithCachedStates],  # noqa: UP006
        domain: Domain,
        **kwargs: Any,
    ) -> Resource:
        """Nothing is learned: the words are data."""
        return self._resource

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: Optional[Dict[str, Any]] = None,  # noqa: UP006, UP045
        **kwargs: Any,
    ) -> PolicyPrediction:
        probabilities = self._default_predictions(domain)
        message = tracker.latest_message
        alarmed = False
        listening = tracker.latest_action_name == ACTION_LISTEN_NAME
        if listening and message and message.text and find_alarm(message.text, self._language):
            probabilities[domain.index_for_action(ESCALATE)] = 1.0
            alarmed = True
        elif tracker.latest_action_name == ESCALATE:
            probabilities[domain.index_for_action(ACTION_LISTEN_NAME)] = 1.0
            alarmed = True
        # A prediction "without the user" stands above the rules' that an open form goes on.
        return self._prediction(probabilities, is_no_user_prediction=alarmed)
